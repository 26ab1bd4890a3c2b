"""The VirtualMachine as the seed describes it, sentence by sentence."""

from collective.mwsvm.testing import INTEGRATION_TESTING
from plone import api
from plone.app.testing import setRoles
from plone.app.testing import TEST_USER_ID
from plone.uuid.interfaces import IUUID
import re
import unittest


class SeedTestCase(unittest.TestCase):
    layer = INTEGRATION_TESTING

    def setUp(self):
        self.portal = self.layer["portal"]
        setRoles(self.portal, TEST_USER_ID, ["Manager"])
        self.vm = self.add_machine("vm1")

    def add_machine(self, title, container=None):
        return api.content.create(
            container or self.portal,
            "VirtualMachine",
            title=title,
            region_list="us-east-1",
            instance_type_list="t1.micro",
            machineImage="ami-0123456789abcdef0",
        )

    def add_job(self, title="job", container=None, queue=True, **values):
        values.setdefault("start_string", "true")
        values.setdefault("virtual_machine", None)
        job = api.content.create(container or self.portal, "Job", title=title, **values)
        if queue:
            api.content.transition(job, "queue")
        return job

    def terms(self, name):
        return [t.value for t in api.portal.get_vocabulary(name, self.portal)]


class TestFields(SeedTestCase):
    def test_region_list_offers_us_east_1_us_west_1_and_us_west_2(self):
        regions = self.terms("collective.mwsvm.regions")
        self.assertEqual(regions, ["us-east-1", "us-west-1", "us-west-2"])

    def test_instance_type_list_offers_t1_micro(self):
        self.assertEqual(self.terms("collective.mwsvm.instance_types")[0], "t1.micro")

    def test_the_vocabularies_come_from_the_settings(self):
        api.portal.set_registry_record("collective.mwsvm.regions", ["eu-central-1"])
        self.assertEqual(self.terms("collective.mwsvm.regions"), ["eu-central-1"])

    def test_the_monitor_authorization_token_is_generated_automatically(self):
        self.assertRegex(self.vm.monitorAuthToken, r"\A[a-z0-9]{10}\Z")

    def test_lastAccessTime_records_the_last_time_that_the_machine_was_polled(self):
        self.assertIsNone(self.vm.lastAccessTime)


class TestMethods(SeedTestCase):
    def test_get_next_key_returns_its_own_monitorAuthToken(self):
        self.assertEqual(self.vm.get_next_key(), self.vm.monitorAuthToken)

    def test_get_status_returns_its_own_status(self):
        self.assertEqual(self.vm.get_status(), self.vm.vm_status)

    def test_getTitle_returns_its_own_title(self):
        self.assertEqual(self.vm.getTitle(), "vm1")

    def test_get_monitor_key_makes_10_lower_case_characters_and_digits(self):
        keys = {self.vm.get_monitor_key() for _ in range(200)}
        self.assertEqual(len(keys), 200)
        for key in keys:
            self.assertTrue(re.fullmatch(r"[a-z0-9]{10}", key), key)
        self.assertEqual(
            set("".join(keys)), set("abcdefghijklmnopqrstuvwxyz0123456789")
        )

    def test_is_authorized_monitor_is_true_for_the_token_and_false_otherwise(self):
        token = self.vm.monitorAuthToken
        self.assertIs(self.vm.is_authorized_monitor(token), True)
        for wrong in ("", None, token[:-1], token + "x", token.upper(), "ü" * 10, 7):
            self.assertIs(self.vm.is_authorized_monitor(wrong), False)

    def test_a_machine_without_a_token_authorizes_nobody(self):
        self.vm.monitorAuthToken = ""
        self.assertIs(self.vm.is_authorized_monitor(""), False)

    def test_vm_status_is_read_only(self):
        with self.assertRaises(AttributeError):
            self.vm.vm_status = "running"


class TestCreateVM(SeedTestCase):
    def test_sets_current_job_to_None_and_vm_status_to_unevaluated(self):
        self.assertIsNone(self.vm.current_job)
        self.assertEqual(self.vm.vm_status, "unevaluated")
        for name in ("running_vm_id", "test_vm_hash", "last_test_response_time"):
            self.assertIsNone(getattr(self.vm, name), name)

    def test_a_copy_is_a_machine_of_its_own(self):
        copy = api.content.copy(self.vm, self.portal, id="vm2")
        self.assertNotEqual(copy.monitorAuthToken, self.vm.monitorAuthToken)
        self.assertEqual(copy.vm_status, "unevaluated")


class TestFindNextJob(SeedTestCase):
    def find(self, vm=None):
        return (vm or self.vm).find_next_job(api.portal.get_tool("portal_catalog"))

    def test_there_is_none(self):
        self.assertIsNone(self.find())

    def test_finds_a_queued_job_of_this_machine(self):
        job = self.add_job(virtual_machine=IUUID(self.vm))
        self.assertEqual(self.find(), job)

    def test_finds_it_even_if_the_user_may_not_see_it(self):
        job = self.add_job(virtual_machine=IUUID(self.vm))
        with api.env.adopt_roles(["Anonymous"]):
            self.assertEqual(self.find(), job)

    def test_leaves_out_drafts_and_jobs_of_other_machines(self):
        other = self.add_machine("vm2")
        self.add_job(queue=False, virtual_machine=IUUID(self.vm))
        self.add_job(virtual_machine=IUUID(other))
        self.assertIsNone(self.find())

    def test_a_job_inside_a_machine_is_for_that_machine(self):
        job = self.add_job(container=self.vm)
        self.assertEqual(self.find(), job)
        self.assertIsNone(self.find(self.add_machine("vm2")))

    def test_a_job_elsewhere_without_a_machine_is_for_any(self):
        job = self.add_job()
        self.assertEqual(self.find(), job)
        self.assertEqual(self.find(self.add_machine("vm2")), job)

    def test_the_least_recently_modified_one_comes_first(self):
        first = self.add_job("a")
        self.add_job("b")
        self.assertEqual(self.find(), first)

    def test_a_change_sends_a_job_to_the_end(self):
        from zope.event import notify
        from zope.lifecycleevent import ObjectModifiedEvent

        first = self.add_job("a")
        second = self.add_job("b")
        first.start_string = "false"
        notify(ObjectModifiedEvent(first))
        self.assertEqual(self.find(), second)

    def test_priority_comes_before_that(self):
        self.add_job("a")
        urgent = self.add_job("b", priority=1)
        self.assertEqual(self.find(), urgent)
