"""Where the LDAP directory is, how it is spoken to, and how its entries are laid out."""

from collective.mwsvm.access.directory import normal_dn
from collective.mwsvm.models.errors import Invalid
from dataclasses import dataclass
from dataclasses import field
import ipaddress
import re
import ssl


_POSIX = {
    "user_object_class": "posixAccount",
    "ou_object_class": "organizationalUnit",
    "user_membership_attribute": "",
    "user_name_attribute": "uid",
}

#: The kinds of directories that need no further description.
DIRECTORY_TYPES = {
    "Microsoft Active Directory": {
        "user_object_class": "user",
        "group_object_class": "group",
        "ou_object_class": "organizationalUnit",
        "user_membership_attribute": "memberOf",
        "group_membership_attribute": "member",
        "user_name_attribute": "sAMAccountName",
    },
    "OpenLDAP Using InetOrgPerson Schema": {
        **_POSIX,
        "user_object_class": "inetOrgPerson",
        "group_object_class": "groupOfNames",
        "group_membership_attribute": "member",
    },
    # All three attributes, so that groupOfUniqueNames works when nothing else is
    # overridden, and a group that is a posixGroup as well.
    "OpenLDAP Using NIS Schema": {
        **_POSIX,
        "group_object_class": "groupOfNames",
        "group_membership_attribute": "member, uniqueMember, memberUid",
    },
    "OpenLDAP Using Samba Schema": {
        **_POSIX,
        "group_object_class": "posixGroup",
        "group_membership_attribute": "memberUid",
    },
}

SECURITY_TYPES = ("None", "SSL", "StartTLS")

#: What must be known of a directory, from its type or set one by one.
_NEEDED = (
    "user_object_class",
    "group_object_class",
    "ou_object_class",
    "user_name_attribute",
)
_LAYOUT = (*_NEEDED, "user_membership_attribute", "group_membership_attribute")

_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*|[0-9]+(\.[0-9]+)*")


@dataclass(frozen=True)
class LdapSettings:
    """The settings of the directory, complete: what is left empty gets its default.

    Without a ``directory_type`` everything about the layout has to be set. The
    ``group_membership_attribute`` may name several attributes, with commas between.
    Without a ``bind_user`` the directory is asked anonymously.

    Make a new one to change the type or the security; `dataclasses.replace` would keep
    the defaults of the old one.
    """

    server: str = ""
    port: int = 0
    base_dns: tuple[str, ...] = ()
    bind_user: str = ""
    password: str = field(default="", repr=False)
    directory_type: str = ""
    user_object_class: str = ""
    group_object_class: str = ""
    ou_object_class: str = ""
    user_membership_attribute: str = ""
    group_membership_attribute: str = ""
    user_name_attribute: str = ""
    security_type: str = "None"
    #: The path of a PEM file with the server's certificate or the one of its CA.
    server_certificate: str = ""

    def __post_init__(self) -> None:
        defaults = DIRECTORY_TYPES.get(self.directory_type, {})
        for name in _LAYOUT:
            self._set(name, getattr(self, name) or defaults.get(name, ""))
        self._set("security_type", self.security_type or "None")
        self._set("port", self.port or (636 if self.security_type == "SSL" else 389))
        self._set("base_dns", tuple(self.base_dns))

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    @property
    def group_membership_attributes(self) -> tuple[str, ...]:
        """The attributes of a group's entry that name its members."""
        names = self.group_membership_attribute.split(",")
        return tuple(name.strip() for name in names if name.strip())

    def checked(self) -> "LdapSettings":
        """These settings; raises `Invalid` with all their `problems`."""
        problems = self.problems()
        if problems:
            raise Invalid(" ".join(problems.values()))
        return self

    def problems(self) -> dict[str, str]:
        """The settings that are missing or wrong: name and sentence; reads the file."""
        found = {
            "server": self._server_problem(),
            "port": self._port_problem(),
            "base_dns": self._base_problem(),
            "password": self._password_problem(),
            "directory_type": self._directory_problem(),
            "security_type": self._security_problem(),
            "server_certificate": self._certificate_problem(),
            **{name: self._layout_problem(name) for name in _LAYOUT},
        }
        return {name: f"{name}: {text}" for name, text in found.items() if text}

    def _server_problem(self) -> str:
        if not self.server:
            return "give the directory's host name or IP address."
        if _HOST.fullmatch(self.server) or _is_address(self.server):
            return ""
        return (
            f"{self.server!r} is not a host name or an IP address; the port and the "
            "security have settings of their own."
        )

    def _port_problem(self) -> str:
        if 0 < self.port < 65536:
            return ""
        return f"{self.port} is not a port; allowed is 1 to 65535."

    def _base_problem(self) -> str:
        if not self.base_dns:
            return "give at least one entry to search below, such as 'dc=acme,dc=com'."
        for dn in self.base_dns:
            try:
                normal_dn(dn)
            except Invalid as error:
                return str(error)
        return ""

    def _password_problem(self) -> str:
        # A directory takes a name without a password for an anonymous bind, and
        # lets it in.
        if self.bind_user and not self.password:
            return f"the bind_user {self.bind_user!r} needs a password."
        if self.password and not self.bind_user:
            return "there is a password, but no bind_user."
        return ""

    def _directory_problem(self) -> str:
        if not self.directory_type or self.directory_type in DIRECTORY_TYPES:
            return ""
        return f"{self.directory_type!r} is none of {', '.join(DIRECTORY_TYPES)}."

    def _security_problem(self) -> str:
        if self.security_type in SECURITY_TYPES:
            return ""
        return f"{self.security_type!r} is none of {', '.join(SECURITY_TYPES)}."

    def _certificate_problem(self) -> str:
        if self.security_type not in ("SSL", "StartTLS"):
            return ""
        if not self.server_certificate:
            return (
                f"the security_type {self.security_type} needs the server's "
                "certificate, or its CA's, as a PEM file."
            )
        try:
            ssl.create_default_context(cafile=self.server_certificate)
        except ssl.SSLError:
            return f"there is no PEM certificate in {self.server_certificate!r}."
        except OSError as error:
            return f"{self.server_certificate!r} can't be read: {error.strerror}."
        return ""

    def _layout_problem(self, name: str) -> str:
        value = getattr(self, name)
        if not value:
            return self._missing_problem(name)
        several = name == "group_membership_attribute"
        names = self.group_membership_attributes if several else (value,)
        # These become parts of search filters.
        if names and all(_NAME.fullmatch(part) for part in names):
            return ""
        kind = "an object class" if name.endswith("_class") else "an attribute"
        return f"{value!r} is not the name of {kind}."

    def _missing_problem(self, name: str) -> str:
        if self.directory_type:
            return ""
        if name in _NEEDED:
            return "give it, or a directory_type."
        if name == "user_membership_attribute" and not self.group_membership_attribute:
            return (
                "give this or the group_membership_attribute, or both, or a "
                "directory_type."
            )
        return ""


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
