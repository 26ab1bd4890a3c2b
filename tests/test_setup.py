"""The add-on comes, and goes without leaving anything behind."""

from collective.mwsvm.content import orphans
from collective.mwsvm.interfaces import IMwsvmLayer
from collective.mwsvm.interfaces import IMwsvmSettings
from collective.mwsvm.testing import INTEGRATION_TESTING
from collective.mwsvm.testing import MwsvmFunctionalTesting
from collective.mwsvm.testing import MwsvmLayer
from importlib.resources import files
from io import BytesIO
from lxml import etree
from pathlib import Path
from plone import api
from plone.app.testing import applyProfile
from plone.app.testing import logout
from plone.app.testing import setRoles
from plone.app.testing import SITE_OWNER_NAME
from plone.app.testing import SITE_OWNER_PASSWORD
from plone.app.testing import TEST_USER_ID
from plone.base.utils import get_installer
from plone.browserlayer.utils import registered_layers
from plone.registry.interfaces import IRegistry
from plone.testing.zope import WSGI_SERVER_FIXTURE
from zope.annotation.interfaces import IAnnotations
from zope.component import getUtility
from zope.schema import getFieldNames
import re
import requests
import tarfile
import transaction
import unittest


PACKAGE = "collective.mwsvm"
PROFILE = "collective.mwsvm:default"
SOURCES = files(PACKAGE)


class BareLayer(MwsvmLayer):
    """A site that has what the add-on depends on, and not the add-on."""

    def setUpPloneSite(self, portal):
        portal.portal_workflow.setDefaultChain("simple_publication_workflow")
        applyProfile(portal, "plone.restapi:default")


BARE_FIXTURE = BareLayer()
BARE_FUNCTIONAL_TESTING = MwsvmFunctionalTesting(
    bases=(BARE_FIXTURE, WSGI_SERVER_FIXTURE), name="Mwsvm:BareFunctional"
)


def declared_permissions():
    """The roles that permissions.zcml gives each permission, by title."""
    tree = etree.fromstring((SOURCES / "permissions.zcml").read_bytes())
    return {
        permission.get("title"): [role.get("name") for role in permission]
        for permission in tree.iterchildren("{*}permission")
    }


class TestInstall(unittest.TestCase):
    layer = INTEGRATION_TESTING

    def setUp(self):
        self.portal = self.layer["portal"]
        setRoles(self.portal, TEST_USER_ID, ["Manager"])

    def test_the_add_on_is_installed(self):
        installer = get_installer(self.portal, self.layer["request"])
        self.assertTrue(installer.is_product_installed(PACKAGE))

    def test_requests_have_the_layer(self):
        self.assertIn(IMwsvmLayer, registered_layers())

    def test_the_types_are_there_and_nothing_but_jobs_goes_into_a_machine(self):
        types = api.portal.get_tool("portal_types")
        machine, job = types["VirtualMachine"], types["Job"]
        self.assertEqual(machine.allowed_content_types, ("Job",))
        self.assertTrue(machine.global_allow and job.global_allow)
        self.assertEqual(machine.add_permission, "collective.mwsvm.AddVirtualMachine")
        self.assertEqual(job.add_permission, "collective.mwsvm.AddJob")
        for fti in (machine, job):
            self.assertEqual(fti.default_view, "view")
            self.assertEqual(
                fti.lookupSchema().__module__,
                fti.schema[: -len(".I") - len(fti.getId())],
            )

    def test_jobs_have_their_workflow_and_machines_the_sites(self):
        workflows = api.portal.get_tool("portal_workflow")
        self.assertEqual(workflows.getChainFor("Job"), ("mwsvm_job_workflow",))
        self.assertEqual(
            workflows.getChainFor("VirtualMachine"), workflows.getDefaultChain()
        )

    def test_the_catalog_has_the_indexes(self):
        catalog = api.portal.get_tool("portal_catalog")
        for name in ("mwsvm_machine", "mwsvm_queue_order"):
            self.assertEqual(catalog.Indexes[name].meta_type, "FieldIndex")

    def test_the_catalog_knows_content_from_before(self):
        job = api.content.create(self.portal, "Job", title="job", start_string="true")
        catalog = api.portal.get_tool("portal_catalog")
        for name in ("mwsvm_machine", "mwsvm_queue_order"):
            catalog.delIndex(name)
        applyProfile(self.portal, PROFILE)
        self.assertEqual([b.getId for b in catalog(mwsvm_machine="")], [job.getId()])
        (brain,) = catalog(portal_type="Job", sort_on="mwsvm_queue_order")
        self.assertEqual(brain.getId, job.getId())

    def test_every_setting_is_in_the_registry_with_its_default(self):
        registry = getUtility(IRegistry)
        for name in getFieldNames(IMwsvmSettings):
            with self.subTest(name=name):
                record = registry.records[f"{PACKAGE}.{name}"]
                self.assertEqual(record.value, IMwsvmSettings[name].default)

    def test_the_control_panel_is_listed_for_those_who_may_configure(self):
        panel = api.portal.get_tool("portal_controlpanel")
        (configlet,) = [a for a in panel.listActions() if a.getId() == "mwsvm"]
        self.assertEqual(configlet.getPermissions(), ("collective.mwsvm: Configure",))
        self.assertIn("@@mwsvm-controlpanel", configlet.getActionExpression())

    def test_the_user_menu_leads_to_the_overview_above_the_log_out(self):
        actions = api.portal.get_tool("portal_actions").user
        self.assertIn("@@mwsvm", actions.mwsvm.url_expr)
        order = actions.objectIds()
        self.assertEqual(order.index("mwsvm") + 1, order.index("logout"))

    def user_menu(self):
        actions = api.portal.get_tool("portal_actions")
        found = actions.listFilteredActionsFor(self.portal).get("user", [])
        return [action["id"] for action in found]

    def test_whoever_has_logged_in_gets_the_entry_in_the_menu(self):
        setRoles(self.portal, TEST_USER_ID, ["Member"])
        self.assertIn("mwsvm", self.user_menu())

    def test_visitors_do_not_get_the_entry_in_the_menu(self):
        logout()
        self.assertNotIn("mwsvm", self.user_menu())

    def test_the_bundle_names_files_that_are_there(self):
        registry = getUtility(IRegistry)
        prefix = "plone.bundles/mwsvm"
        self.assertTrue(registry[f"{prefix}.enabled"])
        for kind in ("jscompilation", "csscompilation"):
            path = registry[f"{prefix}.{kind}"]
            found = self.portal.restrictedTraverse(path)
            self.assertTrue(Path(found.path).read_text(), path)

    def test_the_icons_of_the_types_are_there(self):
        resolve = api.portal.get().restrictedTraverse("@@iconresolver")
        for name in ("virtualmachine", "job"):
            icon = getUtility(IRegistry)[f"plone.icon.contenttype/{name}"]
            self.assertIn(icon, resolve.url(f"contenttype/{name}"))
            self.assertIn("<svg", resolve.tag(f"contenttype/{name}"))

    def test_installing_again_keeps_the_settings(self):
        api.portal.set_registry_record("collective.mwsvm.lease", 77)
        api.portal.set_registry_record("collective.mwsvm.regions", ["eu-central-1"])
        applyProfile(self.portal, PROFILE)
        read = api.portal.get_registry_record
        self.assertEqual(read("collective.mwsvm.lease"), 77)
        self.assertEqual(read("collective.mwsvm.regions"), ["eu-central-1"])


class TestRoleMap(unittest.TestCase):
    layer = INTEGRATION_TESTING

    def test_there_are_permissions_and_all_have_our_name(self):
        self.assertEqual(len(declared_permissions()), 13)
        for title in declared_permissions():
            self.assertRegex(title, r"\Acollective\.mwsvm: [A-Z]")

    def test_the_role_map_says_what_permissions_zcml_says(self):
        tree = etree.fromstring(
            (SOURCES / "profiles" / "default" / "rolemap.xml").read_bytes()
        )
        mapped = {}
        for permission in tree.iter("permission"):
            self.assertEqual(permission.get("acquire"), "False")
            roles = [role.get("name") for role in permission]
            mapped[permission.get("name")] = roles
        self.assertEqual(mapped, declared_permissions())

    def test_the_site_has_the_same(self):
        portal = self.layer["portal"]
        for title, roles in declared_permissions().items():
            with self.subTest(permission=title):
                given = portal.rolesOfPermission(title)
                names = {role["name"] for role in given if role["selected"]}
                self.assertEqual(names, set(roles))
                self.assertEqual(portal.acquiredRolesAreUsedBy(title), "")

    def test_nobody_may_report_a_job(self):
        self.assertEqual(declared_permissions()["collective.mwsvm: Report Job"], [])


#: Defaults that are the present moment.
NOW = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+")


def exported(portal):
    """Everything that GenericSetup knows of the site, by file name."""
    setup = portal.portal_setup
    steps = [step for step in setup.listExportSteps() if step != "content"]
    tarball = setup._doRunExportSteps(steps)["tarball"]
    with tarfile.open(fileobj=BytesIO(tarball)) as archive:
        return {
            member.name: NOW.sub("now", archive.extractfile(member).read().decode())
            for member in archive
            if member.isfile()
        }


def snapshot(portal):
    """What an add-on could leave in a site."""
    registry = getUtility(IRegistry)
    catalog = portal.portal_catalog
    workflows = portal.portal_workflow
    actions = portal.portal_actions
    managers = portal.getSiteManager()
    return {
        "registry": {key: repr(registry[key]) for key in registry.records},
        "indexes": sorted(catalog.indexes()),
        "columns": sorted(catalog.schema()),
        "types": sorted(portal.portal_types.objectIds()),
        "workflows": sorted(workflows.objectIds()),
        "bindings": sorted(workflows._chains_by_type.items()),
        "actions": {name: actions[name].objectIds() for name in actions.objectIds()},
        "configlets": sorted(
            action.getId() for action in portal.portal_controlpanel.listActions()
        ),
        "layers": sorted(layer.__name__ for layer in registered_layers()),
        "permissions": {
            name: value
            for name, value in vars(portal).items()
            if name.endswith("_Permission")
        },
        "attributes": sorted(name for name in vars(portal) if name[:3] != "_v_"),
        "annotations": sorted(IAnnotations(portal)),
        "roles": sorted(portal.valid_roles()),
        "tools": sorted(set(portal.objectIds())),
        "users' plug-ins": sorted(portal.acl_users.objectIds()),
        "active plug-ins": {
            info["id"]: portal.acl_users.plugins.listPluginIds(info["interface"])
            for info in portal.acl_users.plugins.listPluginTypeInfo()
        },
        "utilities": sorted(
            f"{item.provided.__identifier__} {item.name}"
            for item in managers.registeredUtilities()
        ),
        "setup steps": sorted(portal.portal_setup.listImportSteps()),
        "profiles": sorted(portal.portal_setup.listProfilesWithUpgrades()),
        "version": portal.portal_setup.getLastVersionForProfile(PROFILE),
    }


class UninstallTestCase(unittest.TestCase):
    layer = BARE_FUNCTIONAL_TESTING
    maxDiff = None

    def setUp(self):
        self.portal = self.layer["portal"]
        setRoles(self.portal, TEST_USER_ID, ["Manager"])
        self.installer = get_installer(self.portal, self.layer["request"])

    def install(self):
        self.assertTrue(self.installer.install_product(PACKAGE))
        transaction.commit()

    def uninstall(self):
        self.assertTrue(self.installer.uninstall_product(PACKAGE))
        transaction.commit()

    def add_content(self):
        self.vm = api.content.create(
            self.portal,
            "VirtualMachine",
            "vm1",
            title="vm1",
            region_list="us-east-1",
            instance_type_list="t1.micro",
            machineImage="ami-1",
        )
        self.job = api.content.create(
            self.vm, "Job", "job", title="job", start_string="true"
        )
        api.content.transition(self.job, "queue")
        transaction.commit()

    def get(self, path, method="GET", accept="text/html", **options):
        return requests.request(
            method,
            f"{self.portal.absolute_url()}/{path}",
            auth=(SITE_OWNER_NAME, SITE_OWNER_PASSWORD),
            headers={"Accept": accept},
            timeout=30,
            allow_redirects=False,
            **options,
        )


class TestUninstall(UninstallTestCase):
    def test_nothing_is_left_of_an_installation(self):
        before = snapshot(self.portal)
        files_before = exported(self.portal)
        self.install()
        self.assertNotEqual(snapshot(self.portal), before)
        self.assertNotEqual(exported(self.portal), files_before)
        self.uninstall()
        after = snapshot(self.portal)
        for part in before:
            with self.subTest(part=part):
                self.assertEqual(after[part], before[part])
        files_after = exported(self.portal)
        self.assertEqual(sorted(files_after), sorted(files_before))
        for name in files_before:
            with self.subTest(file=name):
                self.assertEqual(files_after[name], files_before[name])

    def test_nothing_is_left_of_one_that_was_used(self):
        # Plone itself notes something at the first removal of any content.
        api.content.delete(api.content.create(self.portal, "Document", "page"))
        before = snapshot(self.portal)
        self.install()
        self.add_content()
        orphans.add("i-1", None)
        api.portal.set_registry_record("collective.mwsvm.lease", 77)
        for path in ("@@mwsvm", "vm1", "vm1/job", "@@mwsvm-controlpanel"):
            self.assertEqual(self.get(path).status_code, 200, path)
        api.content.delete(self.vm, check_linkintegrity=False)
        self.uninstall()
        after = snapshot(self.portal)
        for part in before:
            with self.subTest(part=part):
                self.assertEqual(after[part], before[part])

    def test_the_pages_are_gone(self):
        self.install()
        self.add_content()
        pages = [
            "@@mwsvm",
            "@@mwsvm-live",
            "@@mwsvm-jobs",
            "@@mwsvm-jobs-live",
            "@@mwsvm-machines",
            "@@mwsvm-machines-live",
            "@@mwsvm-controlpanel",
            "@@mwsvm-job?name=Moab.1",
            "vm1/@@machine-live",
            "vm1/@@machine-agent",
            "vm1/job/@@job-live",
            "vm1/job/@@job-log",
            "vm1/getNextJob",
            "vm1/provideStatus",
            "vm1/job/updateJobStatus",
        ]
        codes = {page: self.get(page).status_code for page in pages}
        codes["@@mwsvm-job?name=Moab.1"] = self.get(
            f"@@mwsvm-job?name={self.job.record.name}"
        ).status_code
        self.assertEqual(set(codes.values()), {200}, codes)
        self.uninstall()
        codes = {page: self.get(page).status_code for page in pages}
        self.assertEqual(set(codes.values()), {404}, codes)
        for form in ("vm1/@@machine-action", "vm1/job/@@job-action"):
            self.assertEqual(self.get(form, "POST").status_code, 404, form)

    def test_the_REST_services_are_gone(self):
        self.install()
        self.add_content()
        json = {"accept": "application/json", "json": {}}
        self.assertEqual(
            self.get("vm1/@machine-refresh", "POST", **json).status_code, 202
        )
        self.assertEqual(
            self.get("@controlpanels/mwsvm", accept=json["accept"]).status_code, 200
        )
        self.uninstall()
        for service in ("start", "stop", "refresh"):
            reply = self.get(f"vm1/@machine-{service}", "POST", **json)
            self.assertEqual(reply.status_code, 404, service)
        reply = self.get("@controlpanels/mwsvm", accept=json["accept"])
        self.assertEqual(reply.status_code, 404)
        for path in ("", "vm1", "vm1/job"):
            reply = self.get(path, accept=json["accept"])
            self.assertEqual(reply.status_code, 200, path)
            self.assertNotIn("mwsvm", reply.json())

    def test_the_site_goes_on_with_content_that_is_left(self):
        self.install()
        self.add_content()
        self.uninstall()
        for path in ("", "folder_contents", "@@overview-controlpanel"):
            self.assertEqual(self.get(path).status_code, 200, path)
        api.content.delete(self.vm, check_linkintegrity=False)
        transaction.commit()
        self.assertEqual(self.get("vm1").status_code, 404)

    def test_content_that_is_left_still_hides_its_secrets(self):
        self.install()
        self.add_content()
        self.vm.secretKey = "geheim-1"
        token = self.vm.monitorAuthToken
        self.uninstall()
        asked = "metadata_fields=secretKey&metadata_fields=monitorAuthToken"
        for path in ("vm1", "vm1/view", "@search?fullobjects=1", f"@search?{asked}"):
            for accept in ("text/html", "application/json"):
                reply = self.get(path, accept=accept)
                self.assertNotIn("geheim-1", reply.text, path)
                self.assertNotIn(token, reply.text, path)

    def test_it_can_be_installed_again_and_finds_its_jobs(self):
        self.install()
        self.add_content()
        name = self.job.record.name
        self.uninstall()
        self.install()
        self.assertEqual(self.job.record.name, name)
        self.assertEqual(api.content.get_state(self.job), "queued")
        self.assertEqual(self.get("vm1/job").status_code, 200)
        catalog = api.portal.get_tool("portal_catalog")
        self.assertEqual(self.vm.find_next_job(catalog), self.job)
        api.content.transition(self.job, "hold")
        self.assertEqual(self.job.record.state, "held")

    def test_to_uninstall_without_having_been_installed_does_no_harm(self):
        before = snapshot(self.portal)
        self.uninstall()
        after = snapshot(self.portal)
        for part in before:
            with self.subTest(part=part):
                self.assertEqual(after[part], before[part])
