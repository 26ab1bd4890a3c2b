"""The embedded workload manager does what all of them do."""

from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.ids import ObjectIds
from collective.mwsvm.events.store import EventStore
from collective.mwsvm.models.nodes import Node
from collective.mwsvm.models.vms import VirtualMachine
from collective.mwsvm.plugin_control.context import Actor
from collective.mwsvm.plugin_control.context import Change
from collective.mwsvm.workload import records
from collective.mwsvm.workload import reservations
from collective.mwsvm.workload import rounds
from collective.mwsvm.workload import templates
from collective.mwsvm.workload import vm_placement
from collective.mwsvm.workload.embedded import EmbeddedManager
from collective.mwsvm.workload.embedded_facts import EmbeddedFacts
from collective.mwsvm.workload.embedded_jobs import EmbeddedJobs
from collective.mwsvm.workload.embedded_machines import EmbeddedMachines
from collective.mwsvm.workload.embedded_nodes import EmbeddedNodes
from collective.mwsvm.workload.embedded_reservations import EmbeddedReservations
from collective.mwsvm.workload.interface import Initiator
from collective.mwsvm.workload.job_documents import JobDocuments
from collective.mwsvm.workload.machines import Machines
from collective.mwsvm.workload.queue import Queue
from collective.mwsvm.workload.reported_changes import ReportedChanges
from collective.mwsvm.workload.settings import WorkloadSettings
from collective.mwsvm.workload.system_jobs import DocumentedSystemJobs
from contextlib import contextmanager
from functools import partial
from tests.workload.contract.contract import WorkloadManagerContract
from tests.workload.contract.managed import ManagedSite
from types import SimpleNamespace
import pytest


class EmbeddedSite(ManagedSite):
    """Its nodes and machines are reported by a plug-in that does what it is asked."""

    lacks = frozenset({"checkpoint"})

    def __init__(self, database, clock, settings, home):
        self.database, self.clock, self.settings = database, clock, settings
        self.new_id = ObjectIds(clock)
        self.home = home
        file = home / "job.sh"
        file.write_text("#!/bin/sh\ntrue\n")
        file.chmod(0o644)
        self.command = str(file)
        self._report()

    # -- how it is called

    @contextmanager
    def manager(self, user="amy", proxy_user=None):
        with self.database.transaction() as connection:
            yield self._made(connection, Initiator(user, proxy_user))

    @contextmanager
    def asking(self, user="amy", proxy_user=None):
        yield self._made(None, Initiator(user, proxy_user))

    # -- how it works

    def refresh(self, still_ours=lambda: True):
        if not still_ours():
            return
        self.clock.forward(1)
        with self.database.transaction() as connection:
            queue = self._queue(connection)
            now = self.clock()
            rounds.round(connection, queue, queue.documents, now)
            reservations.expire(connection, now)

    def run(self, name):
        # Each time one of its own: no other job keeps it busy.
        machine = self.new_id()
        with self.database.transaction() as connection:
            machines = self._machine_records(connection)
            machines.arrive(machines.register(machine, machine))
            machines.contact(machine)
        self.refresh()
        with self.database.transaction() as connection:
            claimed = self._queue(connection).claim(machine)
            assert claimed is not None and claimed.name == name, claimed

    def end(self, name, code=0):
        with self.database.transaction() as connection:
            record = records.get(connection, name)
            outcome = "Failed" if code else "Finished"
            self._queue(connection).report(record, record.attempt, outcome, code)

    # -- what it is made of

    def _made(self, connection, initiator):
        return EmbeddedManager(
            lambda: self._jobs(connection, initiator.user),
            lambda: EmbeddedNodes(self._changes(collections.nodes, "node", initiator)),
            lambda: self._machines(initiator),
            lambda: EmbeddedReservations(
                connection,
                self.clock,
                self.new_id,
                initiator,
                partial(self._tell, connection, initiator),
            ),
            lambda: EmbeddedFacts(
                connection,
                SimpleNamespace(
                    workload=WorkloadSettings(accounts=("zoology", "art")),
                    job_templates=templates.read(self.home),
                    standing_reservations=[],
                ),
                lambda: ["zoe", "amy"],
                lambda: ["staff", "guests"],
            ),
        )

    def _jobs(self, connection, user):
        queue = self._queue(connection, user)
        return EmbeddedJobs(queue, queue.documents, "Moab")

    def _machines(self, initiator):
        return EmbeddedMachines(
            self._changes(collections.vms, "vm", initiator),
            initiator,
            lambda connection: vm_placement.place(
                connection, self.clock, self._system_jobs(connection)
            ),
            self._system_jobs,
            self._machine_records,
            lambda uid, on: None,
        )

    def _changes(self, documents, kind, initiator):
        return ReportedChanges(
            documents,
            kind,
            self.database.reading,
            partial(self._changing, initiator),
            lambda event, arguments, plugin: SimpleNamespace(
                done=[plugin], failures=[]
            ),
            self.clock,
            self.new_id,
        )

    @contextmanager
    def _changing(self, initiator):
        with self.database.transaction() as connection:
            change = self._change(connection, initiator)
            yield change
            EventStore(connection, self.clock).add(change.events)

    def _tell(self, connection, initiator, happened):
        change = self._change(connection, initiator)
        for each in happened:
            what = each.event_type.removeprefix(each.kind)
            change.tell(what, each.key, kind=each.kind)
        EventStore(connection, self.clock).add(change.events)

    def _change(self, connection, initiator):
        actor = Actor(initiator.user, initiator.proxy_user)
        return Change(connection, self.clock, actor)

    def _queue(self, connection, user="tester"):
        documents = self._documents(connection)
        return Queue(connection, self.clock, self.settings, None, user, documents)

    def _documents(self, connection):
        tell = EventStore(connection, self.clock).add
        return JobDocuments(connection, self.clock, self.new_id, tell)

    def _machine_records(self, connection):
        return Machines(connection, self.clock, self.settings)

    def _system_jobs(self, connection):
        documents = self._documents(connection)
        return DocumentedSystemJobs(connection, self.clock, documents)

    def _report(self):
        reported = {
            "states": {"state": "Idle", "powerState": "On"},
            "resources": {
                "processors": {"configured": 8, "available": 8},
                "memory": {"configured": 4096, "available": 4096},
            },
        }
        manager = {"resourceManagers": [{"name": "p"}]}
        with self.database.transaction() as connection:
            nodes = Collection(connection, collections.nodes, self.new_id)
            for name in (*self.nodes, *self.hypervisors):
                is_hypervisor = name in self.hypervisors
                node = Node.check({**reported, "name": name}).wire()
                nodes.insert([{**node, **manager, "isHypervisor": is_hypervisor}])
            vm = VirtualMachine.check({"name": self.vm}).wire()
            vm |= {**manager, "host": {"name": self.hypervisors[0]}}
            Collection(connection, collections.vms, self.new_id).insert([vm])


class TestEmbedded(WorkloadManagerContract):
    @pytest.fixture
    def make(self, database, clock, settings, tmp_path):
        return lambda: EmbeddedSite(database, clock, settings, tmp_path)
