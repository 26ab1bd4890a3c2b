"""The services that MWS injects into plug-ins (guide 6.2.3 and "Bundled services").

A service is injected into the attribute that is named as its protocol without the ``I`` and
with a small first letter: ``nodeRMService`` or ``node_rm_service``. Every method has both
spellings as well, ``getPluginById`` and ``get_plugin_by_id``; the protocols name the
guide's.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import Protocol
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from collective.mwsvm.plugins.abstract import AbstractPluginInfo
    from collective.mwsvm.plugins.reports import JobReport
    from collective.mwsvm.plugins.reports import NodeReport
    from collective.mwsvm.plugins.reports import VirtualMachineReport
    from collective.mwsvm.plugins.responses import MoabRestResponse
    from pathlib import Path
    import ssl


class Log(Protocol):
    """A logger, as `logging.Logger` with the guide's levels.

    Takes a message and its ``%`` arguments; ``exc_info=True`` or ``exc_info=error`` adds
    a traceback.
    """

    def trace(self, message: object, *args: object, **options: Any) -> None: ...

    def debug(self, message: object, *args: object, **options: Any) -> None: ...

    def info(self, message: object, *args: object, **options: Any) -> None: ...

    def warn(self, message: object, *args: object, **options: Any) -> None: ...

    def warning(self, message: object, *args: object, **options: Any) -> None: ...

    def error(self, message: object, *args: object, **options: Any) -> None: ...

    def fatal(self, message: object, *args: object, **options: Any) -> None: ...

    def exception(self, message: object, *args: object, **options: Any) -> None: ...


class INodeRMService(Protocol):
    """Keeps the plug-in's reports of nodes, which Moab gets in the cluster query."""

    def list(self) -> list[NodeReport]:
        """The reports that this plug-in has made."""

    def save(self, reports: Sequence[NodeReport]) -> None:
        """Replace all reports of this plug-in. An empty sequence takes all away.

        Raises TypeError for what is no such report.
        """

    def update(self, reports: Sequence[NodeReport]) -> None:
        """Add reports to those of this plug-in. Raises TypeError as `save` does."""


class IVirtualMachineRMService(Protocol):
    """Keeps the plug-in's reports of VMs, which Moab gets in the cluster query."""

    def list(self) -> list[VirtualMachineReport]:
        """The reports that this plug-in has made."""

    def save(self, reports: Sequence[VirtualMachineReport]) -> None:
        """Replace all reports of this plug-in. An empty sequence takes all away.

        Raises TypeError for what is no such report.
        """

    def update(self, reports: Sequence[VirtualMachineReport]) -> None:
        """Add reports to those of this plug-in. Raises TypeError as `save` does."""


class IJobRMService(Protocol):
    """Keeps the plug-in's reports of jobs, which Moab gets in the workload query."""

    def list(self) -> list[JobReport]:
        """The reports that this plug-in has made."""

    def save(self, reports: Sequence[JobReport]) -> None:
        """Replace all reports of this plug-in. An empty sequence takes all away.

        Raises TypeError for what is no such report.
        """

    def update(self, reports: Sequence[JobReport]) -> None:
        """Add reports to those of this plug-in. Raises TypeError as `save` does."""


class IMoabRestService(Protocol):
    """The site's resources without the network (guide 6.2.11).

    Calls are made without authentication and are not checked for permissions. ``url``
    begins with ``/rest/``. Options, by name or in one mapping before the URL:

    - ``data``: the body: a dictionary, a list, a JSON text, or a function that gives one of
      these. Dates within are written as MWS writes them.
    - ``hooks``: run the pre- and post-processing hooks; False without it.
    - ``contentType``: of the body; ``application/json`` without it.
    - ``params``: the URL's parameters, such as ``{"query": '{"name":"n1"}'}``. Without
      ``api-version`` it is version 1.

    A status of 400 or more is an answer, too: see `MoabRestResponse.hasError`.
    """

    def isAPIVersionSupported(self, version: int) -> bool:
        """Whether calls of this API version can be answered now."""

    def get(self, *url: Any, **options: Any) -> MoabRestResponse:
        """``get(url, **options)`` or ``get(options, url)``."""

    def put(self, *url: Any, **options: Any) -> MoabRestResponse:
        """``put(url, **options)``, ``put(url, data)`` or ``put(options, url, data)``."""

    def post(self, *url: Any, **options: Any) -> MoabRestResponse:
        """``post(url, **options)``, ``post(url, data)`` or ``post(options, url, data)``."""

    def delete(self, *url: Any, **options: Any) -> MoabRestResponse:
        """``delete(url, **options)`` or ``delete(options, url)``."""


class IPluginControlService(Protocol):
    """Makes, finds, checks, starts and stops plug-ins (guide 6.2.10)."""

    def getPluginById(self, id: str) -> AbstractPluginInfo | None:
        """The plug-in; None if there is none of this id."""

    def getPlugins(
        self, pluginType: str, config: Mapping[str, Any] | None = None
    ) -> list[AbstractPluginInfo]:
        """The plug-ins of a type whose configuration has these entries."""

    def getPlugin(
        self, pluginType: str, config: Mapping[str, Any]
    ) -> AbstractPluginInfo | None:
        """The first of those that `getPlugins` finds."""

    def configure(self, id: str) -> None:
        """Verify a plug-in's configuration.

        Raises InvalidPluginException if there is no such plug-in and
        InvalidPluginConfigurationException if its configuration is wrong.
        """

    def start(self, id: str) -> None:
        """Verify the configuration and start a plug-in, with its events.

        Raises PluginStartException, and what `configure` raises.
        """

    def stop(self, id: str) -> None:
        """Stop a plug-in, with its events.

        Raises PluginStopException, and InvalidPluginException if there is no such plug-in.
        """

    def createPlugin(
        self,
        id: str,
        pluginType: str | type,
        properties: Mapping[str, Any] | None = None,
    ) -> bool:
        """Make a plug-in, and start it if its ``autoStart`` says so; whether it was made.

        ``properties`` are those of a plug-in: ``pollInterval``, ``autoStart``,
        ``precedence``, ``config``. What is absent is the type's or the site's default.
        Raises InvalidPluginConfigurationException if the id is taken or the configuration
        is wrong, InvalidPluginTypeException if there is no such type, and
        PluginStartException.
        """


class IPluginDatastoreService(Protocol):
    """The plug-in's own lasting data, in collections that it names (guide 6.2.7).

    An entry is a dictionary of JSON values. A collection comes to be with its first entry.
    """

    def exists(self, collection: str) -> bool:
        """Whether there is such a collection."""

    def getCollection(self, collection: str) -> list[dict[str, Any]] | None:
        """All entries in the order they were added; None if there is no collection."""

    def getData(self, collection: str, key: str, value: Any) -> dict[str, Any] | None:
        """The first entry whose key has this value; None if there is none."""

    def addData(
        self, collection: str, data: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    ) -> bool:
        """Add one entry or several; whether it was done."""

    def updateData(
        self, collection: str, key: str, value: Any, data: Mapping[str, Any]
    ) -> bool:
        """Put ``data`` in the place of the first entry whose key has this value.

        False if there is no such entry.
        """

    def removeData(self, collection: str, key: str, value: Any) -> bool:
        """Remove the entries whose key has this value; whether there were any."""

    def clearCollection(self, collection: str) -> list[dict[str, Any]] | None:
        """Remove the collection: what it held, None if there was none."""


class IPluginEventService(Protocol):
    """Reports events and notifications in the plug-in's name."""

    def createEvent(self, *event: Any, **fields: Any) -> None:
        """Report an event.

        Takes, in this order or by name, ``severity`` (INFO, WARN, ERROR, FATAL),
        ``escalationLevel`` (USER, POWER_USER, ADMIN, INTERNAL), ``entryCode`` (a number),
        ``eventType``, ``originSuffix``, ``message``, ``arguments`` (a list) and
        ``associatedObjects`` (a list of ``{"type": .., "id": ..}``).
        """

    def updateNotificationCondition(self, *condition: Any, **fields: Any) -> None:
        """Tell of a condition that lasts until it is no longer told of.

        Takes, in this order or by name, ``escalationLevel`` (not INTERNAL), ``message``,
        ``associatedObject`` (``{"type": .., "id": ..}`` or None), ``details`` (a dictionary
        or None) and ``expirationDuration`` (seconds).
        """


class SocketFactory(Protocol):
    """Makes sockets that speak TLS."""

    @property
    def context(self) -> ssl.SSLContext:
        """For libraries that take a context."""

    def createSocket(
        self, host: str, port: int, timeout: float | None = None
    ) -> ssl.SSLSocket:
        """A socket connected to a server. Raises OSError, of which SSLError is one."""


class ISslService(Protocol):
    """TLS with the certificates of this site.

    Files are in the PEM format; a relative name is one in the directory of
    ``mws.certificates.location``. Raises an exception that names the file if it can't be
    used.
    """

    def getLenientSocketFactory(self) -> SocketFactory:
        """Trusts every server, which is for trying things out only."""

    def getLenientHostnameVerifier(self) -> Callable[[str, Any], bool]:
        """Takes every host name for right."""

    def getSocketFactory(self, *files: str | None) -> SocketFactory:
        """Trusts certain servers, or shows a certificate to them, or both.

        Takes one of: ``(serverCert)``, ``(clientCert, alias)``,
        ``(clientCert, alias, serverCert)``,
        ``(clientCert, alias, clientPrivateKey, clientKeyPassword)`` and
        ``(clientCert, alias, clientPrivateKey, clientKeyPassword, serverCert)``. ``alias``
        may be None; so may the password of a key that has none. The server's file may
        hold several certificates.
        """

    def getCertificateFile(self, filename: str | None) -> Path | None:
        """The path of a file of certificates; None for None."""
