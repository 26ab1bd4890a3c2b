"""A site with a workload manager, as its contract needs it."""

from collections.abc import Callable
from collections.abc import Iterator
from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.documents import DocumentTable
from collective.mwsvm.database.engine import Database
from collective.mwsvm.models.errors import NotSupported
from collective.mwsvm.workload.interface import IWorkloadManager
from contextlib import AbstractContextManager
from contextlib import contextmanager
from typing import Any
import pytest


Json = dict[str, Any]


class ManagedSite:
    """For each implementation one, which says how it is called and made to work.

    There are two nodes that are up, and jobs do not begin until `run`. Unless it lacks
    machines there are two hypervisors, and a virtual machine on the first.
    """

    #: What the manager has not: "checkpoint", "machines". Then it must say so.
    lacks: frozenset[str] = frozenset()

    nodes = ("n1", "n2")
    hypervisors = ("hv1", "hv2")
    vm = "vm1"
    #: Names that jobs may have in their credentials.
    credentials = {
        "account": "physics",
        "group": "staff",
        "jobClass": "batch",
        "qosRequested": "normal",
        "user": "bob",
    }

    database: Database
    #: A command file that can be read.
    command: str

    def manager(
        self, user: str = "amy", proxy_user: str | None = None
    ) -> AbstractContextManager[IWorkloadManager]:
        """The manager for a caller, in a transaction if it does not wait."""
        raise NotImplementedError

    def asking(
        self, user: str = "amy", proxy_user: str | None = None
    ) -> AbstractContextManager[IWorkloadManager]:
        """The manager for what nobody asks who has a transaction open."""
        raise NotImplementedError

    def refresh(self, still_ours: Callable[[], bool] = lambda: True) -> None:
        """`interface.Refresh`."""
        raise NotImplementedError

    def run(self, name: str) -> None:
        """The job runs, if it may."""
        raise NotImplementedError

    def end(self, name: str, code: int = 0) -> None:
        """The running job ends with an exit code."""
        raise NotImplementedError

    # -- in few words

    def submit(self, user: str = "amy", **given: Any) -> str:
        """The name of a new job."""
        with self.manager(user) as manager:
            made = manager.jobs.submit({"commandFile": self.command, **given}, 2, user)
        return str(made["name"])

    def array(self, *indexes: int, **given: Any) -> str:
        """The name of the master of a new array."""
        prototype = {"commandFile": self.command, **given.pop("prototype", {})}
        body = {"indexValues": indexes, "jobPrototype": prototype, **given}
        with self.manager() as manager:
            return str(manager.jobs.submit_array(body, 2, "amy")["name"])

    def act(self, name: str, action: str, **given: Any) -> None:
        """An action on a job, with the body if there is one."""
        with self.manager() as manager:
            manager.jobs.act(name, action, given or None)

    def reserve(self, user: str | None = None, **fields: Any) -> str:
        """The id of a new reservation of the first node."""
        given = {"hostListExpression": self.nodes[0], **fields}
        with self.manager("amy", user) as manager:
            checked = collections.reservations.model.check(given).wire()
            return str(manager.reservations.make(checked)["id"])

    def shown(
        self, name: str, documents: DocumentTable = collections.job_documents
    ) -> Json:
        """What is kept of an object. Raises `NotFound`."""
        with self.database.reading() as connection:
            return Collection(connection, documents, _no_id).get(name)

    def state(self, name: str) -> str:
        """The state of a job, when what is kept is as what is true."""
        self.refresh()
        return str(self.shown(name)["states"]["state"])

    def all(self, documents: DocumentTable = collections.job_documents) -> list[Json]:
        """All that is kept, in the order of ids."""
        with self.database.reading() as connection:
            return Collection(connection, documents, _no_id).find().documents

    def told(self, event_type: str) -> list[tuple[str, Json]]:
        """The objects of the events of a type, and who began it."""
        return [
            (event["primaryObject"]["id"], event["initiatedBy"])
            for event in self.all(collections.events)
            if event["eventType"] == event_type
        ]

    @contextmanager
    def may_lack(self, what: str) -> Iterator[None]:
        """The block begins with what a manager may lack; `NotSupported` ends it then."""
        if what not in self.lacks:
            yield
            return
        with pytest.raises(NotSupported, match=r"\w+ \w+"):
            yield


def _no_id() -> str:
    raise AssertionError("what is read only needs no new ids")
