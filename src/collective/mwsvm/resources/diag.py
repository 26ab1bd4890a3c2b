"""``/rest/diag`` (guide 4.4)."""

from collective.mwsvm.resources.call import Call
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.declare import operation
from dataclasses import dataclass
from typing import Protocol


#: Whether the manager keeps its state in the MWS database, in the guide's words.
UP, DOWN, NOT_CONFIGURED, UNKNOWN = "UP", "DOWN", "NOT_CONFIGURED", "UNKNOWN"


@dataclass(frozen=True)
class Probe:
    """Whether something answers: ``message`` says why not."""

    facts: Json
    message: str | None = None

    @property
    def connected(self) -> bool:
        return self.message is None


class Site(Protocol):
    """What diagnostics ask of the site."""

    def about(self) -> Json:
        """Version and build."""

    def database(self) -> Probe:
        """The MWS database."""

    def manager(self) -> Probe:
        """The workload manager."""

    def accounting(self) -> Probe:
        """The accounting manager."""

    def directory(self) -> Probe | None:
        """The LDAP directory; None: there is none."""

    def ldap(self) -> Json:
        """The directory's settings, without its password."""


class Diagnostics:
    """Is it there, which version is it, what is it connected to."""

    name = "diag"
    one = "diagnosis"
    many = "diagnostics"

    def __init__(self, call: Call) -> None:
        self.call = call
        self.site: Site = call.site

    @operation("Show", "about")
    def about(self) -> Json:
        """Get version information"""
        return self.site.about()

    @operation("Show", "auth")
    def auth(self) -> Json:
        """Diagnose authentication"""
        return {}

    @operation("Show", "health/summary", public=True)
    def summary(self) -> Json:
        """Get health information summary"""
        database = self.site.database()
        manager = self.site.manager()
        return {
            "mam": {"connected": self.site.accounting().connected},
            "mongo": {"connected": database.connected},
            "mwm": {
                "connected": manager.connected,
                "mongoConnected": _database_of(manager, database),
            },
        }

    @operation("Show", "health/detail")
    def detail(self) -> Json:
        """Get health information detail"""
        database = self.site.database()
        manager = self.site.manager()
        accounting = self.site.accounting()
        directory = self.site.directory()
        # What the guide does not have is there only if it is in use.
        more = {} if directory is None else {"ldap": _detail(directory)}
        return {
            "mam": _detail(accounting),
            "mongo": _detail(database),
            "mwm": {
                **_detail(manager),
                "mongoConnected": _database_of(manager, database),
            },
            **more,
        }

    @operation("Show", "ldap")
    def ldap(self) -> Json:
        """Get LDAP connection information"""
        return self.site.ldap()


def _detail(probe: Probe) -> Json:
    return {"connected": probe.connected, "message": probe.message, **probe.facts}


def _database_of(manager: Probe, database: Probe) -> str:
    if not manager.connected:
        return UNKNOWN
    return UP if database.connected else DOWN
