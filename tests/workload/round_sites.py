"""A site whose scheduler has its rounds when a test says so."""

from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.ids import ObjectIds
from collective.mwsvm.database.tables import jobs
from collective.mwsvm.inventory.store import Inventory
from collective.mwsvm.models import dates
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.jobs import JobState
from collective.mwsvm.models.reservations import Reservation
from collective.mwsvm.models.vcs import VirtualContainer
from collective.mwsvm.workload import node_lists
from collective.mwsvm.workload import records
from collective.mwsvm.workload import reservations
from collective.mwsvm.workload import rounds
from collective.mwsvm.workload.embedded_jobs import EmbeddedJobs
from collective.mwsvm.workload.job_documents import JobDocuments
from collective.mwsvm.workload.machines import Machines
from collective.mwsvm.workload.node_jobs import NodeJobs
from collective.mwsvm.workload.node_orders import NodeOrders
from collective.mwsvm.workload.queue import Queue
from collective.mwsvm.workload.reservations import Reservations
from contextlib import contextmanager
from sqlalchemy import event
from sqlalchemy import select


NODE = {"state": "IDLE", "power": "ON", "resources": {"processors": {"total": 4}}}
BIG = {"requirements": [{"taskCount": 2, "resourcesPerTask": {"memory": {}}}]}


class Site:
    """A site whose worker has its turn when the test says so."""

    def __init__(self, database, clock, settings):
        self.database, self.clock, self.settings = database, clock, settings
        self.events = []
        self.new_id = ObjectIds(clock)
        self.reports = []

    @contextmanager
    def jobs(self):
        with self.database.transaction() as connection:
            documents = JobDocuments(
                connection, self.clock, self.new_id, self.events.extend
            )
            queue = Queue(
                connection, self.clock, self.settings, None, "tester", documents
            )
            yield EmbeddedJobs(queue, documents, "Moab", lambda path, field: "true\n")

    @contextmanager
    def queue(self):
        with self.jobs() as jobs:
            yield jobs._queue

    def submit(self, **given):
        self.clock.forward(1)
        with self.jobs() as jobs:
            return jobs.submit({"commandFile": "/a", **given}, 2, "amy")["name"]

    def array(self, count, prototype=None, **given):
        self.clock.forward(1)
        with self.jobs() as jobs:
            given["indexValues"] = list(range(1, count + 1))
            given["jobPrototype"] = {"commandFile": "/a", **(prototype or {})}
            return jobs.submit_array(given, 2, "amy")["name"]

    def act(self, name, action, **given):
        with self.jobs() as jobs:
            jobs.act(name, action, given)

    def round(self):
        self.clock.forward(1)
        with self.queue() as queue:
            return rounds.round(
                queue.connection,
                queue,
                queue.documents,
                self.clock(),
                lambda: self.reports,
            )

    def writes(self):
        """The statements of a round that change anything."""
        found = []

        def note(conn, cursor, statement, *more):
            if not statement.lstrip().upper().startswith(("SELECT", "WITH", "PRAGMA")):
                found.append(statement)

        event.listen(self.database.engine, "before_cursor_execute", note)
        try:
            self.round()
        finally:
            event.remove(self.database.engine, "before_cursor_execute", note)
        return [each for each in found if not each.startswith("BEGIN")]

    @contextmanager
    def noting(self):
        with self.queue() as queue:
            yield NodeJobs(queue, queue.documents, self.clock())

    @contextmanager
    def ordering(self):
        with self.queue() as queue:
            yield NodeOrders(queue, queue.documents, self.clock())

    def claim(self, machine="m1"):
        self.clock.forward(1)
        with self.queue() as queue:
            found = queue.claim(machine)
            return found and found.name

    def begin(self, **given):
        """A job of six tasks whose nodes are chosen."""
        name = self.submit(**{"requirements": [{"taskCount": 6}], **given})
        (start,) = self.round().starts
        assert start.job == name
        return start

    def run_on_nodes(self, **given):
        """The same, begun by the resource manager."""
        start = self.begin(**given)
        with self.noting() as noting:
            assert noting.started(start)
        return start

    def end(self, name, code=0):
        with self.queue() as queue:
            record = records.get(queue.connection, name)
            status = "Failed" if code else "Finished"
            queue.report(record, record.attempt, status, code)

    def run(self, name, code=0):
        assert self.claim() == name
        self.end(name, code)

    def record(self, name):
        with self.database.reading() as connection:
            return records.get(connection, name)

    def is_ready(self, name):
        with self.database.reading() as connection:
            row = connection.execute(
                select(jobs.c.state, jobs.c.ready).where(jobs.c.name == name)
            ).one()
        return tuple(row) == (JobState.QUEUED, 1)

    def document(self, name, table=collections.job_documents):
        with self.database.reading() as connection:
            return Collection(connection, table, self.new_id).get(name)

    def block(self, name):
        return self.document(name)["blocks"][0]["type"]

    def machine(self, uid="m1"):
        with self.database.transaction() as connection:
            found = Machines(connection, self.clock, self.settings)
            found.arrive(found.register(uid, uid))
            found.contact(uid)

    def nodes(self, *names):
        with self.database.transaction() as connection:
            inventory = Inventory(
                connection, self.clock, self.new_id, lambda: {"p": 1}, None
            )
            inventory.save("p", "node", [{**NODE, "name": name} for name in names])

    def container(self, id, **fields):
        document = {**VirtualContainer.check(fields).wire(), "id": id}
        with self.database.transaction() as connection:
            found = Collection(connection, collections.vcs, self.new_id)
            try:
                found.get(id)
                found.replace(document)
            except NotFound:
                found.insert([document])
            node_lists.add(
                connection,
                collections.job_documents,
                "virtualContainers",
                [each["id"] for each in document["jobs"]],
                {"name": id},
            )

    def reserve(self, **fields):
        given = Reservation.check({"hostListExpression": "n1", **fields}).wire()
        with self.database.transaction() as connection:
            return Reservations(connection, self.clock).make(given)["id"]

    def keep_reservations(self):
        with self.database.transaction() as connection:
            return reservations.expire(connection, self.clock())

    def reservations(self):
        table = collections.reservations.table
        with self.database.reading() as connection:
            return {doc["id"]: doc for doc in connection.scalars(select(table.c.doc))}

    def report(self, name, state, **more):
        self.reports = [
            {
                "name": name.lower(),
                "state": state,
                "timestamp": int(self.clock()) + 1,
                **more,
            }
        ]

    def listed(self, node):
        return [each["name"] for each in self.document(node, collections.nodes)["jobs"]]


def depends(kind, name):
    return {"dependencies": [{"type": kind, "name": name}]}


def at(site, seconds):
    moment = dates.mws(site.clock() + seconds)
    return {"dates": {"earliestRequestedStartDate": moment}}
