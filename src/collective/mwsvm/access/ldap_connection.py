"""One connection to an LDAP directory through ldap3, and its errors as sentences.

Importing this module needs the library ldap3, the extra ``ldap``.
"""

from collections.abc import Iterable
from collections.abc import Iterator
from collective.mwsvm.access.ldap_settings import LdapSettings
from collective.mwsvm.models.errors import Unavailable
from contextlib import contextmanager
from contextlib import suppress
from dataclasses import dataclass
from ldap3.core.exceptions import LDAPException
from ldap3.core.exceptions import LDAPInsufficientAccessRightsResult
from ldap3.core.exceptions import LDAPInvalidCredentialsResult
from ldap3.core.exceptions import LDAPNoSuchObjectResult
from ldap3.core.exceptions import LDAPOperationResult
from ldap3.core.results import RESULT_REFERRAL
from ldap3.core.results import RESULT_SIZE_LIMIT_EXCEEDED
from ldap3.core.results import RESULT_SUCCESS
from ldap3.utils.conv import escape_filter_chars
from typing import Any
import ldap3
import logging
import re
import ssl


logger = logging.getLogger(__name__)

CONNECT_TIMEOUT = 5
RECEIVE_TIMEOUT = 10
PAGE_SIZE = 500

_PAGED_RESULTS = "1.2.840.113556.1.4.319"


@dataclass(frozen=True)
class Entry:
    """An entry's name, and the attributes that were asked for."""

    dn: str
    attributes: dict[str, tuple[str, ...]]

    def values(self, name: str) -> tuple[str, ...]:
        """The values of an attribute, however its name is spelt; none if it has none."""
        return self.attributes.get(name.lower(), ())


@contextmanager
def connected(settings: LdapSettings) -> Iterator["LdapConnection"]:
    """A connection, secured and bound as the settings say, closed at the end.

    Raises `Unavailable`.
    """
    connection = LdapConnection(settings)
    try:
        connection.open()
        yield connection
    finally:
        connection.close()


class LdapConnection:
    """Searches a directory. Every method raises `Unavailable`. For one thread."""

    def __init__(self, settings: LdapSettings):
        self._settings = settings
        self._where = f"directory {settings.server}:{settings.port}"
        self._tls = _tls(settings)
        with self._sentences("the connection"):
            server = ldap3.Server(
                settings.server,
                port=settings.port,
                use_ssl=settings.security_type == "SSL",
                tls=self._tls,
                get_info=ldap3.NONE,
                connect_timeout=CONNECT_TIMEOUT,
            )
            self._ldap: Any = ldap3.Connection(
                server,
                user=settings.bind_user or None,
                password=settings.password or None,
                # Another server must not get our password because this one says so.
                auto_referrals=False,
                check_names=False,
                read_only=True,
                raise_exceptions=True,
                receive_timeout=RECEIVE_TIMEOUT,
            )

    def open(self) -> None:
        """Connect, secure the connection if the settings say so, and bind."""
        with self._sentences("the connection"):
            self._ldap.open(read_server_info=False)
        if self._settings.security_type == "StartTLS":
            with self._sentences("StartTLS"):
                self._ldap.start_tls(read_server_info=False)
            # The password must never leave in plain text.
            if not self._ldap.tls_started:
                raise Unavailable(f"The {self._where} does not start TLS.")
        bind_user = self._settings.bind_user
        with self._sentences(f"the bind user {bind_user!r}" if bind_user else "us"):
            self._ldap.bind(read_server_info=False)

    def close(self) -> None:
        """Close the connection, in whatever state it is; raises nothing."""
        with suppress(LDAPException, OSError):
            self._ldap.unbind()

    def check_base(self, dn: str) -> None:
        """Nothing, if the entry can be searched; otherwise raises `Unavailable`."""
        self._search(dn, ldap3.BASE, "(objectClass=*)", ())

    def search(
        self,
        base: str,
        object_class: str,
        matches: Iterable[tuple[str, str]],
        attributes: Iterable[str] = (),
    ) -> list[Entry]:
        """The entries of a class at and below ``base`` with one of these values.

        ``matches`` are pairs of an attribute and its value, which may hold any
        characters.
        """
        values = "".join(
            f"({name}={escape_filter_chars(value)})" for name, value in matches
        )
        query = f"(&{_of_class(object_class)}(|{values}))"
        return self._search(base, ldap3.SUBTREE, query, attributes)

    def read(
        self, dn: str, object_class: str, attributes: Iterable[str] = ()
    ) -> Entry | None:
        """This one entry; None if it is not of the class, or not ours to see."""
        try:
            found = self._search(dn, ldap3.BASE, _of_class(object_class), attributes)
        except _NotVisible:
            return None
        return found[0] if found else None

    def _search(
        self, base: str, scope: str, query: str, attributes: Iterable[str]
    ) -> list[Entry]:
        found: list[Entry] = []
        cookie = None
        while True:
            with self._sentences(f"the search below {base!r}"):
                self._ldap.search(
                    base,
                    query,
                    scope,
                    attributes=list(attributes) or [ldap3.NO_ATTRIBUTES],
                    paged_size=PAGE_SIZE if scope == ldap3.SUBTREE else None,
                    paged_cookie=cookie,
                )
            found += [
                _entry(item)
                for item in self._ldap.response
                if item["type"] == "searchResEntry"
            ]
            result = self._ldap.result
            if not self._is_complete(result, base, len(found)):
                return found
            page = result.get("controls", {}).get(_PAGED_RESULTS, {})
            cookie = page.get("value", {}).get("cookie")
            if not cookie:
                return found

    def _is_complete(self, result: dict[str, Any], base: str, count: int) -> bool:
        """Look at the results for which ldap3 raises no exception."""
        if result["result"] == RESULT_SUCCESS:
            return True
        if result["result"] == RESULT_SIZE_LIMIT_EXCEEDED:
            # Fewer groups are fewer rights: better than no answer for this user.
            logger.warning(
                "The %s gives no more than %d entries below %r: raise its size limit "
                "for the bind user.",
                self._where,
                count,
                base,
            )
            return False
        kind = _NotVisible if result["result"] == RESULT_REFERRAL else Unavailable
        raise kind(
            f"The {self._where} refused the search below {base!r}: "
            f"{result['description']}."
        )

    @contextmanager
    def _sentences(self, what: str) -> Iterator[None]:
        try:
            yield
        except LDAPInvalidCredentialsResult as error:
            raise Unavailable(
                f"The {self._where} refused {what}: check bind_user and password."
            ) from error
        except (LDAPNoSuchObjectResult, LDAPInsufficientAccessRightsResult) as error:
            raise _NotVisible(
                f"The {self._where} refused {what}: there is no such entry, or the "
                "bind user may not read it."
            ) from error
        except LDAPOperationResult as error:
            reason = ": ".join(filter(None, (error.description, error.message)))
            raise Unavailable(f"The {self._where} refused {what}: {reason}.") from error
        except (LDAPException, OSError) as error:
            raise Unavailable(self._unreachable(error)) from error
        except Exception as error:
            # ldap3 decodes whatever a server sends, and stumbles over what is not LDAP.
            raise Unavailable(
                f"The {self._where} can't be asked ({what}): its answer is not LDAP."
            ) from error

    def _unreachable(self, error: Exception) -> str:
        failure = self._tls.failure if self._tls else None
        if isinstance(failure, ssl.SSLCertVerificationError):
            return (
                f"The certificate of the {self._where} does not check against "
                f"{self._settings.server_certificate!r}: "
                f"{failure.verify_message.rstrip('.')}."
            )
        if failure:
            reason = getattr(failure, "reason", None) or failure
            return f"The {self._where} can't be reached with TLS: {reason}."
        return f"The {self._where} can't be reached: {_reason(error)}."


class _NotVisible(Unavailable):
    """The entry is not there, or not for us to read."""


class _CheckedTls(ldap3.Tls):
    """TLS where the certificate and the host name in it are always checked.

    Raises `OSError` for a file that can't be read.
    """

    def __init__(self, certificate: str):
        super().__init__(validate=ssl.CERT_REQUIRED)
        self._context = ssl.create_default_context(cafile=certificate)
        # The file may hold the server's own certificate instead of its CA's.
        self._context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        self.failure: OSError | None = None

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:
        # ldap3's own does not know partial chains, and forgets what went wrong.
        self.failure = None
        try:
            connection.socket = self._context.wrap_socket(
                connection.socket, server_hostname=connection.server.host
            )
        except OSError as error:
            self.failure = error
            raise


def _tls(settings: LdapSettings) -> _CheckedTls | None:
    if settings.security_type == "None":
        return None
    try:
        return _CheckedTls(settings.server_certificate)
    except OSError as error:
        raise Unavailable(
            f"The certificate {settings.server_certificate!r} can't be read: "
            f"{error.strerror}."
        ) from error


def _of_class(object_class: str) -> str:
    return f"(objectClass={escape_filter_chars(object_class)})"


def _entry(item: dict[str, Any]) -> Entry:
    return Entry(
        item["dn"],
        {
            name.lower(): tuple(str(value, "utf-8", "replace") for value in values)
            for name, values in item["raw_attributes"].items()
        },
    )


def _reason(error: Exception) -> str:
    """What went wrong, without ldap3's words around it."""
    text = str(error)
    if error.args and isinstance(error.args[-1], list):
        # One error for each address of the host; the last will do.
        text = str(error.args[-1][-1][0])
    if text == "invalid server address":
        return "there is no such host"
    return re.sub(r"^(socket|error)[^:]*: (\[Errno -?\d+\] )?", "", text).rstrip(".")
