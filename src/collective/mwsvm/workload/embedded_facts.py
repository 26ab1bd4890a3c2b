"""What the embedded workload manager knows by name: nobody has to be asked."""

from collections.abc import Callable
from collections.abc import Iterable
from collective.mwsvm.database import collections
from collective.mwsvm.database import names
from collective.mwsvm.models.resource_types import COMMON
from collective.mwsvm.workload.settings import WorkloadSettings
from dataclasses import dataclass
from sqlalchemy import Connection
from typing import Any
from typing import Protocol


Json = dict[str, Any]


class Administered(Protocol):
    """What the server's administrator writes into files."""

    @property
    def workload(self) -> WorkloadSettings:
        """The settings of the workload."""

    @property
    def job_templates(self) -> list[Json]:
        """The job templates. Raises `Misconfigured`."""

    @property
    def standing_reservations(self) -> list[Json]:
        """The standing reservations. Raises `Misconfigured`."""


@dataclass(frozen=True)
class EmbeddedFacts:
    """`interface.Facts`: of the administrator, of the site, and of the documents."""

    connection: Connection
    administered: Administered
    #: The names of the site's users and groups.
    known_users: Callable[[], Iterable[str]]
    known_groups: Callable[[], Iterable[str]]

    def accounts(self) -> list[str]:
        """Those that the administrator or any job names."""
        return self._known_or_of_jobs(self.administered.workload.accounts, "account")

    def classes(self) -> list[str]:
        """Those that the administrator or any job names."""
        return self._known_or_of_jobs(self.administered.workload.classes, "jobClass")

    def groups(self) -> list[str]:
        """The site's, and those that any job names."""
        return self._known_or_of_jobs(self.known_groups(), "group")

    def qoses(self) -> list[str]:
        """Those that the administrator names, or that any job has or has asked for."""
        known = self.administered.workload.qoses
        return self._known_or_of_jobs(known, "qos", "qosRequested")

    def users(self) -> list[str]:
        """The site's, and those that any job names."""
        return self._known_or_of_jobs(self.known_users(), "user")

    def metric_types(self) -> list[str]:
        """Those that any node or virtual machine has."""
        return sorted(self._keys("metrics"))

    def resource_types(self) -> list[str]:
        """Those that any node or virtual machine has, but what all of them have."""
        return sorted(self._keys("resources") - COMMON)

    def job_templates(self) -> list[Json]:
        """The guide's, as the administrator changed them, and more."""
        return self.administered.job_templates

    def standing_reservations(self) -> list[Json]:
        """Those that the administrator wrote, in that order."""
        return self.administered.standing_reservations

    def _known_or_of_jobs(self, known: Iterable[str], *fields: str) -> list[str]:
        found = set(known)
        for field in fields:
            path = f"credentials.{field}"
            found |= names.texts(self.connection, collections.job_documents, path)
        return sorted(found)

    def _keys(self, name: str) -> set[str]:
        reported = (collections.nodes, collections.vms)
        return set().union(
            *(names.keys(self.connection, each, name) for each in reported)
        )
