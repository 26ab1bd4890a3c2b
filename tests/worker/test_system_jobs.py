"""Virtual machines that the policy moves, from the decision to the end of the job."""

from collective.mwsvm import site
from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.plugin_control.rm_events import Outcome
from collective.mwsvm.worker import system_jobs
from collective.mwsvm.worker import tasks
from collective.mwsvm.workload import pending_actions
from collective.mwsvm.workload.policies import Policies
from collective.mwsvm.workload.settings import WorkloadSettings
from tests.worker.test_tasks import WorkerTestCase
from tests.workload.fleets import Fleet
from tests.workload.fleets import THRESHOLDS
from types import SimpleNamespace


MACHINES = {"db1": ("hv1", 1.0), "db2": ("hv1", 2.0), "db3": ("hv1", 3.0)}
REASON = "hv1 has processors at 0.60, over 0.5."


class TestAutoMigration(WorkerTestCase):
    def setUp(self):
        super().setUp()
        with self.opened() as connection:
            fleet = Fleet(connection, self.clock, MACHINES)
            fleet.policies.change("auto-vm-migration", THRESHOLDS)
            for vm in MACHINES:
                fleet.vm(vm, resourceManagers=[{"name": "p"}])
        self.sent = []
        self.answer = Outcome(done=["p"])
        self.control = SimpleNamespace(
            context=site.plugins().context, rm_events=SimpleNamespace(send=self.send)
        )

    def send(self, event, arguments, plugin):
        self.sent.append((event, arguments, plugin))
        return self.answer

    def opened(self):
        return site.database().transaction()

    def carry(self):
        system_jobs.carry_system_jobs(self.control, site.system_jobs)

    def job(self, name="vmmigrate-1"):
        with site.database().reading() as connection:
            return site.job_documents(connection).get(name)

    def events(self):
        with site.database().reading() as connection:
            found = Collection(connection, collections.events, str).find()
        return [
            (each["eventType"], each["status"], each["initiatedBy"]["user"])
            for each in found.documents
            if each["facility"] == "vm"
        ]

    def pending(self):
        settings = WorkloadSettings()
        with site.database().reading() as connection:
            documents = site.job_documents(connection).collection
            query = pending_actions.candidates((), settings)
            found = documents.find(query).documents
        return list(pending_actions.actions(found, (), settings))

    def test_it_is_one_of_the_workers_tasks(self):
        interval, task = tasks.TASKS["migrations"]
        self.assertEqual(interval, 30)
        self.turn(task)
        self.assertEqual(self.job()["virtualMachines"], [{"name": "db1"}])

    def test_a_migration_is_pending_made_once_and_told(self):
        self.turn(system_jobs.migrate_vms)
        self.turn(system_jobs.migrate_vms)
        (action,) = self.pending()
        shown = {
            name: action[name]
            for name in (
                "id",
                "pendingActionType",
                "vmId",
                "migrationSource",
                "migrationDestination",
                "motivation",
                "requester",
            )
        }
        self.assertEqual(
            shown,
            {
                "id": "vmmigrate-1",
                "pendingActionType": "VMMIGRATE",
                "vmId": "db1",
                "migrationSource": "hv1",
                "migrationDestination": "hv2",
                "motivation": REASON,
                "requester": "scheduler",
            },
        )
        self.carry()
        self.carry()
        arguments = ["db1", "hv2", "vmmigrate-1"]
        self.assertEqual(self.sent, [("virtualMachineMigrate", arguments, "p")])
        self.assertEqual(self.events(), [("vmmigrate", "success", "scheduler")])
        self.assertEqual(self.pending(), [])
        # The reports do not know of it yet.
        self.turn(system_jobs.migrate_vms)
        self.assertEqual(self.pending(), [])

    def test_a_migration_that_fails_is_told_and_not_tried_again_at_once(self):
        self.answer = Outcome(failures=["p could not do it"])
        self.turn(system_jobs.migrate_vms)
        self.carry()
        self.assertEqual(self.job()["completionCode"], 1)
        self.assertEqual(self.events(), [("vmmigrate", "failure", "scheduler")])
        self.turn(system_jobs.migrate_vms)
        self.assertEqual(self.pending(), [])

    def test_while_the_policy_is_disabled_nothing_begins(self):
        with self.opened() as connection:
            Policies(connection).change("auto-vm-migration", {"state": "DISABLED"})
        self.turn(system_jobs.migrate_vms)
        self.assertEqual(self.pending(), [])
