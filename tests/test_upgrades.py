"""The versions of the profile, and the steps from each to the next."""

from AccessControl.Permission import getPermissionIdentifier
from collective.mwsvm import site
from collective.mwsvm.access.accounts import Account
from collective.mwsvm.content import accounts
from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.interfaces import PREFIX
from collective.mwsvm.testing import INTEGRATION_TESTING
from importlib.resources import files
from lxml import etree
from plone.base.interfaces.installable import INonInstallable
from plone.base.utils import get_installer
from plone.registry.interfaces import IRegistry
from plone.testing import zca
from Products.GenericSetup.upgrade import _upgrade_registry
from zope.component import getAllUtilitiesRegisteredFor
from zope.component import getUtility
from zope.component.hooks import setSite
from zope.configuration import xmlconfig
import unittest


PACKAGE = "collective.mwsvm"
PROFILE = "collective.mwsvm:default"

#: The profile's version in the first release: no step leads to it.
FIRST = "1000"

#: What the step of the test has been given.
upgraded = []


def upgrade(setup):
    """The step of the test."""
    upgraded.append(setup)


def current_version():
    """The version that metadata.xml says."""
    path = files(PACKAGE) / "profiles" / "default" / "metadata.xml"
    return etree.fromstring(path.read_bytes()).findtext("version")


def registered_steps():
    """From which version to which one each registered step leads."""
    found = _upgrade_registry.getUpgradeStepsForProfile(PROFILE)
    # What stands alone, and what is registered as a group.
    groups = [
        step if isinstance(step, list) else [("", step)] for step in found.values()
    ]
    return {
        (".".join(step.source), ".".join(step.dest))
        for some in groups
        for _, step in some
    }


def gaps(steps, first, current):
    """What is wrong with the chain of steps; nothing where it leads to ``current``."""
    faults = []
    left = set(steps)
    version = first
    while version != current:
        onward = {step for step in left if step[0] == version}
        if len(onward) != 1:
            faults.append(f"{len(onward)} versions follow {version}, not one")
            break
        left -= onward
        ((_, version),) = onward
    faults += [f"the step {a} to {b} is not on the way" for a, b in sorted(left)]
    return faults


class TestGaps(unittest.TestCase):
    """The check itself: what it lets pass and what it finds."""

    def test_the_first_version_needs_no_step(self):
        self.assertEqual(gaps([], "1000", "1000"), [])

    def test_each_further_version_needs_one(self):
        self.assertEqual(gaps([("1000", "1001")], "1000", "1001"), [])
        self.assertEqual(gaps([("1000", "1001"), ("1001", "1002")], "1000", "1002"), [])

    def test_a_version_without_a_step_is_found(self):
        self.assertEqual(gaps([], "1000", "1001"), ["0 versions follow 1000, not one"])
        self.assertEqual(
            gaps([("1000", "1001")], "1000", "1002"),
            ["0 versions follow 1001, not one"],
        )

    def test_a_step_beside_the_way_is_found(self):
        steps = [("1000", "1001"), ("1001", "1002")]
        self.assertEqual(
            gaps(steps, "1000", "1001"), ["the step 1001 to 1002 is not on the way"]
        )
        self.assertIn(
            "2 versions follow 1000, not one",
            gaps([("1000", "1001"), ("1000", "1002")], "1000", "1002"),
        )

    def test_a_circle_ends(self):
        self.assertEqual(
            gaps([("1000", "999"), ("999", "1000")], "1000", "1001"),
            ["0 versions follow 1000, not one"],
        )


class TestProfiles(unittest.TestCase):
    layer = INTEGRATION_TESTING

    def setUp(self):
        self.portal = self.layer["portal"]
        self.setup = self.portal.portal_setup
        self.installer = get_installer(self.portal, self.layer["request"])

    def test_the_site_has_the_version_of_metadata_xml(self):
        version = current_version()
        self.assertEqual(self.setup.getVersionForProfile(PROFILE), version)
        self.assertEqual(self.setup.getLastVersionForProfile(PROFILE), (version,))

    def test_a_chain_of_steps_leads_to_the_present_version(self):
        self.assertEqual(gaps(registered_steps(), FIRST, current_version()), [])

    def test_nothing_is_to_be_upgraded_after_an_installation(self):
        self.assertFalse(self.installer.upgrade_info(PACKAGE)["available"])
        self.assertEqual(self.setup.listUpgrades(PROFILE), [])

    def test_the_uninstall_profile_is_offered_to_nobody(self):
        hidden = [
            profile
            for utility in getAllUtilitiesRegisteredFor(INonInstallable)
            for profile in getattr(utility, "getNonInstallableProfiles", list)()
        ]
        self.assertIn("collective.mwsvm:uninstall", hidden)
        self.assertNotIn(PROFILE, hidden)
        self.assertEqual(self.installer.get_install_profile(PACKAGE)["id"], PROFILE)


class TestUpgrade(unittest.TestCase):
    """A site whose profile is older, and a step from there to the first version."""

    layer = INTEGRATION_TESTING

    def setUp(self):
        self.portal = self.layer["portal"]
        zca.pushGlobalRegistry()
        self.addCleanup(zca.popGlobalRegistry)
        self.addCleanup(upgraded.clear)
        # The other registry does not know it.
        setSite(self.portal)
        xmlconfig.string(
            f"""
            <configure xmlns:genericsetup="http://namespaces.zope.org/genericsetup">
              <genericsetup:upgradeStep
                  profile="{PROFILE}"
                  source="999"
                  destination="{FIRST}"
                  title="A step of the test"
                  handler="{__name__}.upgrade"
                  />
            </configure>""",
            context=self.layer["configurationContext"],
        )
        self.portal.portal_setup.setLastVersionForProfile(PROFILE, "999")
        self.installer = get_installer(self.portal, self.layer["request"])

    def test_the_check_sees_it(self):
        self.assertIn(("999", FIRST), registered_steps())
        self.assertTrue(gaps(registered_steps(), FIRST, current_version()))
        self.assertEqual(gaps(registered_steps(), "999", current_version()), [])

    def test_the_add_ons_page_offers_it_and_does_it(self):
        info = self.installer.upgrade_info(PACKAGE)
        self.assertTrue(info["available"])
        self.assertEqual(info["installedVersion"], "999")
        self.assertTrue(self.installer.upgrade_product(PACKAGE))
        self.assertEqual(upgraded, [self.portal.portal_setup])
        self.assertFalse(self.installer.upgrade_info(PACKAGE)["available"])


class TestTo1001(unittest.TestCase):
    """The REST API comes to a site that was installed without it."""

    layer = INTEGRATION_TESTING

    def setUp(self):
        self.portal = self.layer["portal"]
        self.permissions = (
            "collective.mwsvm: Manage Application Accounts",
            "collective.mwsvm: Use MWS REST",
        )
        self.installer = get_installer(self.portal, self.layer["request"])
        accounts.uninstall(self.portal)
        for title in self.permissions:
            vars(self.portal).pop(getPermissionIdentifier(title))
        self.portal.portal_controlpanel.unregisterConfiglet("mwsvm-accounts")
        self.registry = getUtility(IRegistry)
        for name in ("list_limit", "event_retention_days"):
            del self.registry.records[f"{PREFIX}.{name}"]
        self.registry[f"{PREFIX}.lease"] = 77
        self.portal.portal_setup.setLastVersionForProfile(PROFILE, "1000")

    def roles(self, title):
        given = self.portal.rolesOfPermission(title)
        return [role["name"] for role in given if role["selected"]]

    def test_they_are_there_afterwards(self):
        changed = "collective.mwsvm: Control Job"
        self.portal.manage_permission(changed, ["Manager", "Reviewer"], acquire=0)
        self.assertTrue(self.installer.upgrade_product(PACKAGE))
        for title in self.permissions:
            self.assertEqual(self.roles(title), ["Manager", "Site Administrator"])
            self.assertEqual(self.portal.acquiredRolesAreUsedBy(title), "")
        self.assertEqual(self.roles(changed), ["Manager", "Reviewer"])
        self.assertEqual(self.registry[f"{PREFIX}.list_limit"], 10_000)
        self.assertEqual(self.registry[f"{PREFIX}.lease"], 77)
        self.assertEqual(accounts.Accounts(self.portal).list(), [])
        panel = self.portal.portal_controlpanel
        names = [action.getId() for action in panel.listActions()]
        self.assertEqual(names.count("mwsvm-accounts"), 1)
        self.assertEqual(names.count("mwsvm"), 1)
        self.assertFalse(self.installer.upgrade_info(PACKAGE)["available"])


class TestTo1002(unittest.TestCase):
    """Plug-ins come to a site that was installed without them."""

    layer = INTEGRATION_TESTING

    ROLES = {
        "collective.mwsvm: Manage Plugins": ["Manager", "Site Administrator"],
        "collective.mwsvm: Upload Plugin Types": ["Manager"],
    }

    def setUp(self):
        self.portal = self.layer["portal"]
        self.installer = get_installer(self.portal, self.layer["request"])
        for title in self.ROLES:
            vars(self.portal).pop(getPermissionIdentifier(title))
        self.portal.portal_controlpanel.unregisterConfiglet("mwsvm-plugins")
        self.portal.portal_setup.setLastVersionForProfile(PROFILE, "1001")

    def roles(self, title):
        given = self.portal.rolesOfPermission(title)
        return [role["name"] for role in given if role["selected"]]

    def test_they_are_there_afterwards(self):
        changed = "collective.mwsvm: Use MWS REST"
        self.portal.manage_permission(changed, ["Manager", "Reviewer"], acquire=0)
        self.assertTrue(self.installer.upgrade_product(PACKAGE))
        for title, roles in self.ROLES.items():
            self.assertEqual(self.roles(title), roles)
            self.assertEqual(self.portal.acquiredRolesAreUsedBy(title), "")
        self.assertEqual(self.roles(changed), ["Manager", "Reviewer"])
        panel = self.portal.portal_controlpanel
        names = [action.getId() for action in panel.listActions()]
        for name in ("mwsvm", "mwsvm-accounts", "mwsvm-plugins"):
            self.assertEqual(names.count(name), 1, name)
        self.assertFalse(self.installer.upgrade_info(PACKAGE)["available"])


class TestTo1003(unittest.TestCase):
    """ACL rules of reservations and of virtual containers get the same name."""

    layer = INTEGRATION_TESTING

    def setUp(self):
        self.portal = self.layer["portal"]
        self.installer = get_installer(self.portal, self.layer["request"])
        self.portal.portal_setup.setLastVersionForProfile(PROFILE, "1002")

    def grant(self, username, **permissions):
        """An account from before, which has what could be granted then."""
        account = Account(username, username, permissions=permissions)
        self.portal.acl_users.mws_accounts.entries[username] = accounts.Entry(account)

    def allow(self, **fields):
        document = {"type": "api", "action": "update", "resourceFilter": None, **fields}
        with site.database().writing() as connection:
            collection = Collection(connection, collections.permissions, site.new_id)
            return collection.insert([document])[0]["id"]

    def permission(self, id):
        with site.database().reading() as connection:
            collection = Collection(connection, collections.permissions, site.new_id)
            return collection.get(id)

    def test_accounts_keep_what_they_may(self):
        self.grant(
            "both", **{"vcs/acl-rules": ["PUT"], "reservations/acl-rules": ["GET"]}
        )
        self.grant("one", **{"vcs/acl-rules": ["DELETE"], "vcs": ["GET"]})
        self.grant("none", images=["GET"], gone=["PUT"])
        self.assertTrue(self.installer.upgrade_product(PACKAGE))
        found = {
            account.username: account.permissions
            for account in accounts.Accounts(self.portal).list()
        }
        self.assertEqual(
            found,
            {
                "both": {"acl-rules": {"GET", "PUT"}},
                "one": {"acl-rules": {"DELETE"}, "vcs": {"GET"}},
                "none": {"images": {"GET"}, "gone": {"PUT"}},
            },
        )
        self.assertFalse(self.installer.upgrade_info(PACKAGE)["available"])

    def test_permissions_of_roles_keep_their_filters(self):
        mine = {"type": "USER"}
        rules = self.allow(resource="vcs/acl-rules", resourceFilter=mine)
        other = self.allow(resource="vcs")
        custom = self.allow(resource="vcs/acl-rules", type="custom")
        self.assertTrue(self.installer.upgrade_product(PACKAGE))
        changed = self.permission(rules)
        self.assertEqual(changed["resource"], "acl-rules")
        self.assertEqual(changed["resourceFilter"], mine)
        self.assertEqual(self.permission(other)["resource"], "vcs")
        self.assertEqual(self.permission(custom)["resource"], "vcs/acl-rules")
