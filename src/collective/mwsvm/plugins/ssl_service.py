"""TLS with the certificates of the site: ISslService (guide 6.2.14)."""

from collections.abc import Callable
from collective.mwsvm.plugins.exceptions import PluginException
from collective.mwsvm.plugins.spelling import camel
from collective.mwsvm.plugins.spelling import respell
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import NoReturn
import contextlib
import socket
import ssl


#: How long connecting may take, and each read and write, in seconds.
TIMEOUT = 30.0

Verifier = Callable[[str, Any], bool]

# What each number of positional arguments means.
_FORMS: dict[int, tuple[str, ...]] = {
    1: ("serverCert",),
    2: ("clientCert", "alias"),
    3: ("clientCert", "alias", "serverCert"),
    4: ("clientCert", "alias", "clientPrivateKey", "clientKeyPassword"),
    5: ("clientCert", "alias", "clientPrivateKey", "clientKeyPassword", "serverCert"),
}


@dataclass(frozen=True)
class Files:
    """Which files a connection uses; the alias of a certificate means nothing in PEM."""

    clientCert: str | None = None
    alias: str | None = None
    clientPrivateKey: str | None = None
    clientKeyPassword: str | None = None
    serverCert: str | None = None


class SocketFactory:
    """Makes sockets that speak TLS; ``context`` is for libraries that take one."""

    def __init__(self, make: Callable[[], ssl.SSLContext]) -> None:
        self._make = make
        self.context = make()

    def createSocket(
        self,
        host: str,
        port: int,
        timeout: float | None = TIMEOUT,
        hostnameVerifier: Verifier | None = None,
    ) -> ssl.SSLSocket:
        """A socket connected to a server; the host must be one of its certificate's.

        With ``hostnameVerifier``, a function of the host and the socket, it must be one
        that this takes for right. Raises OSError, of which ssl.SSLError is one.
        """
        context = self.context
        if hostnameVerifier is not None:
            context = self._make()
            context.check_hostname = False
        with contextlib.ExitStack() as failing:
            plain = socket.create_connection((host, port), timeout)
            failing.enter_context(plain)
            made = context.wrap_socket(plain, server_hostname=host)
            failing.enter_context(made)
            if hostnameVerifier is not None and not hostnameVerifier(host, made):
                raise ssl.SSLCertVerificationError(
                    f"the host name {host} was not taken for right"
                )
            failing.pop_all()
        return made


class SslService:
    """Loads certificates and makes socket factories of them."""

    def __init__(self, certificates: str | Path) -> None:
        """``certificates`` is the directory of relative names."""
        self._certificates = Path(certificates)

    def getLenientSocketFactory(self) -> SocketFactory:
        """Trusts every server, which is for trying things out only."""
        return SocketFactory(_lenient)

    def getLenientHostnameVerifier(self) -> Verifier:
        """Takes every host name for right."""
        return _every_host

    def getSocketFactory(
        self, *files: str | None, **named: str | None
    ) -> SocketFactory:
        """Trusts certain servers, or shows a certificate to them, or both.

        See `interfaces.ISslService` for the forms; the names given there can be used,
        too. Raises `PluginException` that names the file which can't be used.
        """
        given = _given(files, named)
        return SocketFactory(lambda: self._context(given))

    def getCertificateFile(self, filename: str | None) -> Path | None:
        """The path of a file of certificates; None for None."""
        return None if filename is None else self._certificates / filename

    def _context(self, files: Files) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if files.serverCert is None:
            context.load_default_certs()
        else:
            path = self._certificates / files.serverCert
            # The server's own certificate may be given without its issuer's.
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
            with _naming("server certificate", path):
                context.load_verify_locations(path)
        if files.clientCert is not None:
            self._show(context, files.clientCert, files)
        return context

    def _show(self, context: ssl.SSLContext, name: str, files: Files) -> None:
        certificate = key = self._certificates / name
        if files.clientPrivateKey is not None:
            key = self._certificates / files.clientPrivateKey
        with _naming("client certificate", certificate):
            certificate.read_bytes()
        password = files.clientKeyPassword
        with _naming("private key", key):
            key.read_bytes()
        with _naming("client certificate", certificate, key):
            # Without a password OpenSSL would ask the terminal for one.
            context.load_cert_chain(
                certificate, key, _no_password if password is None else password
            )


def _lenient() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _every_host(host: str, session: Any) -> bool:
    return True


def _no_password() -> NoReturn:
    raise ValueError("the private key is encrypted, and no password is given")


def _given(files: tuple[str | None, ...], named: dict[str, str | None]) -> Files:
    if files and len(files) not in _FORMS:
        raise TypeError(f"getSocketFactory takes 1 to 5 files, not {len(files)}")
    values: dict[str, str | None] = {}
    if files:
        values.update(zip(_FORMS[len(files)], files, strict=True))
    for spelled, value in named.items():
        name = "alias" if camel(spelled) == "clientCertAlias" else camel(spelled)
        if name not in _FORMS[5]:
            raise TypeError(
                f"getSocketFactory has no argument {spelled!r}: {', '.join(_FORMS[5])}"
            )
        values[name] = value
    if values.get("clientCert") is None and values.get("serverCert") is None:
        raise TypeError("getSocketFactory needs a clientCert or a serverCert")
    return Files(**values)


@contextlib.contextmanager
def _naming(what: str, path: Path, key: Path | None = None) -> Any:
    place = f"{path}" if key in (None, path) else f"{path} with the key {key}"
    try:
        yield
    except ssl.SSLError as error:
        reason = error.reason or "it is no PEM file of that kind"
        raise PluginException(f"The {what} {place} can't be used: {reason}") from error
    except OSError as error:
        problem = error.strerror or error
        raise PluginException(f"The {what} {place} can't be read: {problem}") from error
    except ValueError as error:
        raise PluginException(f"The {what} {place} can't be used: {error}") from error


respell(SocketFactory)
respell(SslService)
