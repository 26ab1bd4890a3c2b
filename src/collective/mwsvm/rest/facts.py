"""What diagnostics tell of the site: versions, and what it is connected to."""

from collective.mwsvm import site
from collective.mwsvm.configuration import Configuration
from collective.mwsvm.models.errors import MwsvmError
from collective.mwsvm.models.versions import COMMONS
from collective.mwsvm.models.versions import MWS
from collective.mwsvm.resources.diag import Probe
from collective.mwsvm.rest import meters
from collective.mwsvm.rest.directory import directory
from collective.mwsvm.workload.settings import WorkloadSettings
from functools import cache
from importlib.metadata import version
from pathlib import Path
from sqlalchemy import make_url
from sqlalchemy import text
from typing import Any
import collective.mwsvm
import logging
import time


logger = logging.getLogger(__name__)


class SiteFacts:
    """What resources ask of the present site: `diag.Site`, and settings."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration

    def about(self) -> dict[str, Any]:
        return {"suite": self._configuration.suite, **build()}

    def database(self) -> Probe:
        """Connects anew, so that it sees what a client would see."""
        message, release = None, None
        try:
            with site.database().reading() as connection:
                release = connection.scalar(text(_RELEASE[connection.dialect.name]))
        except MwsvmError as error:
            logger.warning("the MWS database: %s", error.__cause__ or error)
            message = str(error)
        url = make_url(site.database().url)
        return Probe(
            {
                "databaseName": Path(url.database or "").name,
                "host": url.host,
                "port": url.port,
                "replicaSet": None,
                "username": url.username,
                "version": release,
            },
            message,
        )

    def manager(self) -> Probe:
        """The embedded one: it works where the database does."""
        database = self.database()
        return Probe(
            {
                "host": "localhost",
                "port": None,
                "licensedFeatures": ["vm", "provision"],
                "state": "RUNNING" if database.connected else "UNKNOWN",
                "mongoCredentialsSet": database.facts["username"] is not None,
                "mongoHost": database.facts["host"],
                "mongoPort": database.facts["port"],
                "version": build()["version"],
            },
            database.message,
        )

    def accounting(self) -> Probe:
        return Probe(
            {"host": None, "port": None, "version": None},
            "There is no accounting manager yet.",
        )

    def meters(self) -> bytes:
        """What this process has counted, in the text format of Prometheus."""
        return meters.exposition()

    def directory(self) -> Probe | None:
        """Connects and binds, which ends after some seconds at the latest."""
        settings = self._configuration.ldap
        if settings is None:
            return None
        message = None
        try:
            directory(self._configuration).check()
        except MwsvmError as error:
            message = str(error)
        return Probe({"host": settings.server, "port": settings.port}, message)

    def workload_settings(self) -> WorkloadSettings:
        """What the administrator of the server sets for the workload."""
        return self._configuration.workload

    def ldap(self) -> dict[str, Any]:
        settings = self._configuration.ldap
        return {
            "server": settings and settings.server,
            "port": settings and settings.port,
            "securityType": settings and settings.security_type,
            "baseDNs": list(settings.base_dns) if settings else [],
            "bindUser": settings and settings.bind_user,
            "userObjectClass": settings and settings.user_object_class,
            "userNameAttribute": settings and settings.user_name_attribute,
        }


_RELEASE = {"sqlite": "SELECT sqlite_version()", "postgresql": "SHOW server_version"}


@cache
def build() -> dict[str, str]:
    """Version and build of the add-on, in the guide's names."""
    written = Path(collective.mwsvm.__path__[0], "interfaces.py").stat().st_mtime
    return {
        "pluginCommonsVersion": COMMONS,
        "version": MWS,
        "build": version("collective.mwsvm"),
        "buildDate": time.strftime("%Y-%m-%d_%H-%M-%S", time.gmtime(written)),
        "revision": version("collective.mwsvm"),
    }
