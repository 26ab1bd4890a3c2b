"""``mws-config.toml``: what the administrator of the server sets, in the guide's names.

The guide's ``mws-config.groovy`` has lines such as ``ldap.server = "192.168.0.5"``; as
TOML they are the same. Paths are relative to the file's home unless they are absolute.
"""

from collections.abc import Iterator
from collections.abc import Mapping
from collective.mwsvm.access.ldap_settings import LdapSettings
from collective.mwsvm.events.log import Rolling
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import Misconfigured
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any
import tomllib


NAME = "mws-config.toml"

#: The guide's names, and those of `LdapSettings`.
_LDAP = {
    "ldap.server": "server",
    "ldap.port": "port",
    "ldap.baseDNs": "base_dns",
    "ldap.bindUser": "bind_user",
    "ldap.password": "password",
    "ldap.directory.type": "directory_type",
    "ldap.user.objectClass": "user_object_class",
    "ldap.group.objectClass": "group_object_class",
    "ldap.ou.objectClass": "ou_object_class",
    "ldap.user.membership.attribute": "user_membership_attribute",
    "ldap.group.membership.attribute": "group_membership_attribute",
    "ldap.user.name.attribute": "user_name_attribute",
    "ldap.security.type": "security_type",
    "ldap.security.server.certificate": "server_certificate",
}

_OWN = {
    "mws.suite": str,
    "mws.hooks.location": str,
    "mws.certificates.location": str,
    "events.log.file": str,
    "events.log.rolling": str,
    "events.log.maxFileSize": str,
    "events.log.maxBackupIndex": int,
    "plugins.stateConsolidationPolicy": str,
}

#: What MWS has there and this server does without: taken, and not looked at.
_FOREIGN = ("auth.", "grails.", "log4j.", "mam.", "moab.", "plugins.")

SUITES = {"CLOUD": "Cloud", "HPC": "HPC"}


@dataclass(frozen=True)
class Configuration:
    """What the file says; a file that is not there says nothing."""

    home: Path
    values: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, home: Path) -> "Configuration":
        """The configuration in a folder. Raises `Misconfigured`, naming file and key."""
        path = home / NAME
        try:
            found = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls(home)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise Misconfigured(f"{path} can't be read: {error}") from error
        values = dict(_flat(found))
        for key, value in values.items():
            _check(path, key, value)
        configuration = cls(home, values)
        try:
            configuration.ldap  # noqa: B018 - checks them
            configuration.rolling  # noqa: B018
        except Invalid as error:
            raise Misconfigured(f"{path}: {error}") from error
        return configuration

    @property
    def suite(self) -> str:
        """``Cloud`` or ``HPC``."""
        return SUITES[self.values.get("mws.suite", "CLOUD").upper()]

    @property
    def hooks(self) -> Path:
        """The folder of the hook files."""
        return self.home / self.values.get("mws.hooks.location", "hooks")

    @property
    def certificates(self) -> Path:
        """The folder of the certificates of other servers."""
        return self.home / self.values.get("mws.certificates.location", "etc/ssl.crt")

    @property
    def ldap(self) -> LdapSettings | None:
        """The directory of users and groups; None: there is none."""
        given = {
            name: self.values[key]
            for key, name in _LDAP.items()
            if self.values.get(key) not in (None, "")
        }
        if not given:
            return None
        if "server_certificate" in given:
            path = self.certificates / given["server_certificate"]
            given["server_certificate"] = str(path)
        return LdapSettings(**given).checked()

    @property
    def event_log(self) -> Path | None:
        """Where events.log is; None: events are not written to a file."""
        given = self.values.get("events.log.file")
        return self.home / given if given else None

    @property
    def rolling(self) -> Rolling:
        """When events.log begins anew. Raises `Invalid`."""
        return Rolling.parse(
            self.values.get("events.log.rolling", ""),
            self.values.get("events.log.maxFileSize", ""),
            str(self.values.get("events.log.maxBackupIndex", "")),
        )


def _flat(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def _check(path: Path, key: str, value: Any) -> None:
    if key in _LDAP:
        kind: Any = {"ldap.port": int, "ldap.baseDNs": list}.get(key, str)
    elif key in _OWN:
        kind = _OWN[key]
    elif key.startswith(_FOREIGN):
        return
    else:
        known = ", ".join(sorted([*_LDAP, *_OWN]))
        raise Misconfigured(f"{path}: there is no setting {key}; there are {known}")
    texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
    if type(value) is not kind or (kind is list and not texts):
        names = {str: "a text", int: "a whole number", list: "a list of texts"}
        raise Misconfigured(f"{path}: {key} must be {names[kind]}")
    if key == "mws.suite" and value.upper() not in SUITES:
        raise Misconfigured(f"{path}: {key} must be one of {', '.join(SUITES)}")
