"""What code that people write on the site may see of machines and jobs."""

from AccessControl import Unauthorized
from AccessControl.SecurityManagement import noSecurityManager
from AccessControl.ZopeGuards import guarded_getattr
from Acquisition import aq_base
from plone import api
from tests.sites import SiteTestCase
import inspect


#: What only the add-on itself may call.
PRIVATE_OF_MACHINES = (
    "find_next_job",
    "get_monitor_key",
    "get_next_key",
    "get_status",
    "getInstanceStatus",
    "is_authorized_monitor",
    "regenerate_token",
    "start_machine",
)
PRIVATE_OF_JOBS = ("description_of_work", "machine", "machine_if")


class TestAttributes(SiteTestCase):
    def setUp(self):
        super().setUp()
        folder = api.content.create(self.portal, "Folder", "folder")
        self.vm = self.add_machine(
            container=folder, accessKey="AK", secretKey="geheim-1"
        )
        self.job = self.add_job("queued", self.vm)

    def may_read(self, role, name, content=None):
        with api.env.adopt_roles([role]):
            try:
                guarded_getattr(self.vm if content is None else content, name)
            except Unauthorized:
                return False
        return True

    def test_what_the_add_on_calls_is_closed_to_everybody(self):
        for role in ("Anonymous", "Owner", "Manager"):
            for name in PRIVATE_OF_MACHINES:
                self.assertFalse(self.may_read(role, name), (role, name))
            for name in PRIVATE_OF_JOBS:
                self.assertFalse(self.may_read(role, name, self.job), (role, name))

    def test_the_list_of_them_is_whole(self):
        """Whatever method the classes get, somebody has thought of who may call it."""
        for content, private in (
            (self.vm, PRIVATE_OF_MACHINES),
            (self.job, PRIVATE_OF_JOBS),
        ):
            klass = type(aq_base(content))
            methods = {
                name
                for name, value in vars(klass).items()
                if inspect.isfunction(value) and not name.startswith("_")
            }
            self.assertEqual(methods - {"getTitle"}, set(private))

    def test_the_token_is_for_those_with_its_permission(self):
        for role in ("Owner", "Site Administrator", "Manager"):
            self.assertTrue(self.may_read(role, "monitorAuthToken"), role)
        for role in ("Anonymous", "Member", "Reader", "Contributor", "Editor"):
            self.assertFalse(self.may_read(role, "monitorAuthToken"), role)

    def test_the_keys_are_for_those_who_may_edit(self):
        for name in ("accessKey", "secretKey"):
            for role in ("Editor", "Owner", "Manager"):
                self.assertTrue(self.may_read(role, name), role)
            for role in ("Anonymous", "Member", "Reader", "Contributor"):
                self.assertFalse(self.may_read(role, name), role)

    def test_the_title_is_for_those_who_may_see_the_machine(self):
        self.assertTrue(self.may_read("Reader", "getTitle"))
        self.assertFalse(self.may_read("Anonymous", "getTitle"))

    def test_visitors_do_not_get_to_the_content_at_all(self):
        noSecurityManager()
        for path in ("folder/vm1", "folder/vm1/job", "folder/vm1/monitorAuthToken"):
            with self.assertRaises((Unauthorized, KeyError), msg=path):
                self.portal.restrictedTraverse(path)

    def test_the_catalog_knows_no_secret(self):
        catalog = api.portal.get_tool("portal_catalog")
        for content in (self.vm, self.job):
            brain = catalog.getrid("/".join(content.getPhysicalPath()))
            known = repr(catalog.getIndexDataForRID(brain))
            known += repr(catalog.getMetadataForRID(brain))
            for secret in ("geheim-1", self.vm.monitorAuthToken):
                self.assertNotIn(secret, known)
        for name in ("secretKey", "accessKey", "monitorAuthToken"):
            self.assertNotIn(name, catalog.indexes())
            self.assertNotIn(name, catalog.schema())


class TestCopies(SiteTestCase):
    """A copy belongs to whoever makes it, and so would its keys."""

    def setUp(self):
        super().setUp()
        self.source = api.content.create(self.portal, "Folder", "source")
        self.vm = self.add_machine(
            container=self.source, accessKey="AK", secretKey="geheim-1"
        )
        self.target = api.content.create(self.portal, "Folder", "target")
        self.add_person("bob", "Owner", on=self.target)

    def copy(self, content, role):
        self.give("bob", self.source, role)
        with self.logged_in("bob"):
            return api.content.copy(content, self.target, safe_id=True)

    def test_who_may_edit_a_machine_copies_its_keys(self):
        copy = self.copy(self.vm, "Editor")
        self.assertEqual((copy.accessKey, copy.secretKey), ("AK", "geheim-1"))

    def test_who_may_only_see_it_gets_a_copy_without_keys(self):
        copy = self.copy(self.vm, "Reader")
        self.assertEqual((copy.accessKey, copy.secretKey), ("", ""))
        self.assertEqual((self.vm.accessKey, self.vm.secretKey), ("AK", "geheim-1"))
        self.assertNotEqual(copy.monitorAuthToken, self.vm.monitorAuthToken)

    def test_the_same_with_the_folder_around_it(self):
        for role, key in (("Reader", ""), ("Editor", "geheim-1")):
            copy = self.copy(self.source, role)
            self.assertEqual(copy["vm1"].secretKey, key)
            api.content.delete(copy)
