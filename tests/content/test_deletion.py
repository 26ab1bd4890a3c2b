"""What becomes of records and instances when their content is deleted."""

from collective.mwsvm import site
from collective.mwsvm.cloud.ec2 import Account
from collective.mwsvm.content import orphans
from collective.mwsvm.database.tables import machines as table
from collective.mwsvm.models.jobs import ACTIVE
from collective.mwsvm.models.jobs import ENDED
from collective.mwsvm.models.jobs import WAITING
from collective.mwsvm.workload import machines
from plone import api
from plone.uuid.interfaces import IUUID
from sqlalchemy import update
from tests.sites import SiteTestCase


class TestJobs(SiteTestCase):
    def setUp(self):
        super().setUp()
        self.vm = self.add_machine()

    def delete(self, job):
        name = self.record(job).name
        api.content.delete(job)
        return self.record_named(name)

    def test_what_waits_or_runs_is_cancelled_and_its_record_stays(self):
        for state in sorted(WAITING | ACTIVE):
            record = self.delete(self.add_job(state, self.vm))
            self.assertEqual(record.state, "cancelled", state)
            self.assertEqual(record.reason, "The job was deleted.")
            self.assertIsNone(record.content)
            self.assertIsNone(record.running_on)

    def test_what_has_ended_keeps_its_end(self):
        for state in sorted(ENDED):
            job = self.add_job(state, self.vm)
            before = self.record(job)
            record = self.delete(job)
            self.assertEqual(record.state, state)
            self.assertEqual((record.ended, record.name), (before.ended, before.name))
            self.assertIsNone(record.content)

    def test_a_draft_has_nothing_to_keep(self):
        api.content.delete(self.add_job())
        with site.database().reading() as connection:
            from collective.mwsvm.workload import records

            self.assertEqual(records.page(connection)[1], 0)

    def test_a_folder_full_of_them(self):
        folder = api.content.create(self.portal, "Folder", "folder")
        names = [self.record(self.add_job("queued", folder)).name for _ in range(3)]
        api.content.delete(folder)
        for name in names:
            self.assertEqual(self.record_named(name).state, "cancelled")


class TestMachines(SiteTestCase):
    def setUp(self):
        super().setUp()
        api.portal.set_registry_record(
            "collective.mwsvm.endpoint_url", "http://127.0.0.1:9"
        )
        self.vm = self.add_machine(accessKey="AK", secretKey="geheim-1")
        self.account = Account("us-east-1", "AK", "geheim-1", "http://127.0.0.1:9")

    def set_machine(self, **values):
        with site.database().writing() as connection:
            connection.execute(
                update(table).where(table.c.uid == IUUID(self.vm)).values(**values)
            )

    def test_its_jobs_are_cancelled_with_it_and_those_elsewhere_are_held(self):
        uid = IUUID(self.vm)
        inside = self.record(self.add_job("queued", self.vm)).name
        elsewhere = self.add_job("queued", virtual_machine=uid)
        for_any = self.add_job("queued")
        api.content.delete(self.vm)
        self.assertEqual(self.record_named(inside).state, "cancelled")
        self.assertEqual(self.state(elsewhere), "held")
        self.assertEqual(self.record(elsewhere).state, "held")
        self.assertIn("the machine vm1 was deleted", self.record(elsewhere).reason)
        self.assertEqual(self.state(for_any), "queued")

    def test_the_job_that_runs_on_it_is_lost(self):
        for retries, state in ((0, "failed"), (1, "queued")):
            vm = self.add_machine(f"vm-{retries}")
            job = self.add_job("queued", priority=9, retries=retries)
            self.claim(job, IUUID(vm))
            api.content.delete(vm)
            self.assertEqual((self.state(job), self.record(job).state), (state,) * 2)
            self.assertIn(f"vm-{retries} was deleted", self.record(job).reason)
            api.content.delete(job)

    def test_its_record_and_its_signs_of_life_go(self):
        uid = IUUID(self.vm)
        with site.database().writing() as connection:
            site.machines(connection).contact(uid, "1.0")
        api.content.delete(self.vm)
        with site.database().reading() as connection:
            self.assertIsNone(machines.find(connection, uid))
            self.assertIsNone(machines.heartbeat(connection, uid).last_contact)

    def test_an_instance_that_lives_leaves_its_account_to_the_worker(self):
        for status in ("starting", "running", "stopping"):
            with self.subTest(status=status):
                self.set_machine(status=status, instance_id="i-1")
                api.content.delete(self.vm)
                self.assertEqual(orphans.all_orphans(), {"i-1": self.account})
                orphans.remove("i-1")
                self.assertEqual(orphans.all_orphans(), {})
                self.vm = self.add_machine(accessKey="AK", secretKey="geheim-1")

    def test_an_instance_that_is_stopped_with_its_disk_too(self):
        self.set_machine(status="stopped", instance_id="i-2", kept=True)
        api.content.delete(self.vm)
        self.assertEqual(orphans.all_orphans(), {"i-2": self.account})

    def test_an_unwanted_instance_too(self):
        self.set_machine(status="running", instance_id="i-1", unwanted="i-0")
        api.content.delete(self.vm)
        both = {"i-0": self.account, "i-1": self.account}
        self.assertEqual(orphans.all_orphans(), both)

    def test_an_instance_that_has_ended_leaves_nothing(self):
        for status in ("stopped", "failed", "unevaluated"):
            self.set_machine(status=status, instance_id="i-1")
            api.content.delete(self.vm)
            self.assertEqual(orphans.all_orphans(), {}, status)
            self.vm = self.add_machine()

    def test_a_machine_that_never_had_an_instance_leaves_nothing(self):
        self.set_machine(status="running")
        api.content.delete(self.vm)
        self.assertEqual(orphans.all_orphans(), {})

    def test_one_key_without_the_other_is_none(self):
        self.vm.accessKey = ""
        self.set_machine(status="running", instance_id="i-1")
        api.content.delete(self.vm)
        account = orphans.all_orphans()["i-1"]
        self.assertEqual((account.access_key, account.secret_key), ("", ""))

    def test_an_account_does_not_show_its_secret(self):
        self.assertNotIn("geheim-1", repr(self.account))

    def test_a_machine_of_which_the_database_knows_nothing_can_be_deleted(self):
        with site.database().writing() as connection:
            site.machines(connection).forget(IUUID(self.vm))
        api.content.delete(self.vm)
        self.assertNotIn("vm1", self.portal)
