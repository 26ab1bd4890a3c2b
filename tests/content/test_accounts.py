"""Application accounts in a site: their passwords, and what these open."""

from collective.mwsvm.access.accounts import Account
from collective.mwsvm.access.accounts import may
from collective.mwsvm.content.accounts import account_of
from collective.mwsvm.content.accounts import Accounts
from collective.mwsvm.content.accounts import AccountsPlugin
from collective.mwsvm.content.accounts import Entry
from collective.mwsvm.content.accounts import install
from collective.mwsvm.content.accounts import PLUGIN
from collective.mwsvm.content.accounts import uninstall
from collective.mwsvm.interfaces import API_REACHED
from collective.mwsvm.interfaces import IPluginServiceGrid
from collective.mwsvm.interfaces import IResourceGrid
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.errors import Unavailable
from dataclasses import replace
from gzip import decompress
from plone import api
from Products.PluggableAuthService.interfaces.plugins import IAuthenticationPlugin
from tests.sites import ADMIN
from tests.sites import PASSWORD
from tests.sites import SiteTestCase
from transaction import TransactionManager
from ZODB.DB import DB
from ZODB.DemoStorage import DemoStorage
from zope.component import getGlobalSiteManager
from zope.component import provideUtility
from zope.globalrequest import clearRequest
from zope.globalrequest import getRequest
from zope.globalrequest import setRequest
import pickle
import unittest


GRID = {"events": ["GET", "POST"], "jobs": ["GET", "POST", "PUT", "DELETE"]}

VIEWPOINT = Account("Moab Viewpoint", "viewpoint", permissions={"events": ["GET"]})


def offer(test, provided, grid):
    """Let there be this grid while the test runs."""
    utility = lambda: grid
    registry = getGlobalSiteManager()
    before = registry.queryUtility(provided)
    provideUtility(utility, provided)
    if before is None:
        test.addCleanup(registry.unregisterUtility, utility, provided)
    else:
        test.addCleanup(provideUtility, before, provided)


class AccountsTestCase(SiteTestCase):
    def setUp(self):
        super().setUp()
        offer(self, IResourceGrid, GRID)
        self.accounts = Accounts(self.portal)
        request = self.layer["request"]
        request.environ[API_REACHED] = True
        self.addCleanup(request.environ.pop, API_REACHED, None)

    def log_in(self, username, password):
        """The id of the user that these credentials make of a request."""
        plugins = self.portal.acl_users.plugins
        credentials = {"login": username, "password": password}
        for _, plugin in plugins.listPlugins(IAuthenticationPlugin):
            found = plugin.authenticateCredentials(dict(credentials))
            if found is not None:
                return found[0]
        return None


class TestAccounts(AccountsTestCase):
    def test_what_is_created_can_be_found(self):
        account = replace(
            VIEWPOINT,
            description="For\neverybody",
            permissions={"jobs": ["GET", "PUT"]},
        )
        self.accounts.create(account)
        self.assertEqual(self.accounts.get("viewpoint"), account)
        self.accounts.create(replace(VIEWPOINT, username="Alpha"))
        usernames = [account.username for account in self.accounts.list()]
        self.assertEqual(usernames, ["Alpha", "viewpoint"])

    def test_what_is_wrong_is_not_created(self):
        for account in (
            replace(VIEWPOINT, username="1"),
            replace(VIEWPOINT, permissions={}),
            replace(VIEWPOINT, permissions={"nodes": ["GET"]}),
            replace(VIEWPOINT, services={"Test": ["ping"]}),
        ):
            with self.assertRaises(Invalid):
                self.accounts.create(account)
        self.assertEqual(self.accounts.list(), [])

    def test_a_username_belongs_to_one_account(self):
        self.accounts.create(VIEWPOINT)
        for username in ("viewpoint", "ViewPoint"):
            with self.assertRaisesRegex(Conflict, "another application account has it"):
                self.accounts.create(replace(VIEWPOINT, username=username))
        self.accounts.create(replace(VIEWPOINT, username="other"))
        with self.assertRaises(Conflict):
            self.accounts.change("other", VIEWPOINT)
        self.assertEqual(self.accounts.get("other").username, "other")

    def test_a_username_is_not_one_that_a_person_logs_in_with(self):
        self.add_person("bob")
        for username in ("bob", ADMIN[0]):
            with self.assertRaisesRegex(Conflict, "a user of the site logs in with it"):
                self.accounts.create(replace(VIEWPOINT, username=username))

    def test_a_person_does_not_get_the_username_of_an_account(self):
        self.accounts.create(VIEWPOINT)
        with self.assertRaises(ValueError):
            api.user.create(
                email="v@example.org", username="viewpoint", password=PASSWORD
            )

    def test_every_field_can_be_changed_and_the_password_stays(self):
        password = self.accounts.create(VIEWPOINT)
        new = Account("New", "renamed", "Why", True, {"jobs": ["PUT"]})
        self.accounts.change("viewpoint", new)
        self.assertEqual(self.accounts.list(), [new])
        self.assertEqual(self.log_in("renamed", password), "mwsapp:renamed")
        self.assertIsNone(self.log_in("viewpoint", password))
        self.accounts.create(VIEWPOINT)

    def test_a_change_that_is_wrong_changes_nothing(self):
        self.accounts.create(VIEWPOINT)
        for values in ({"permissions": {}}, {"name": ""}, {"username": "a b"}):
            with self.assertRaises(Invalid):
                self.accounts.change("viewpoint", replace(VIEWPOINT, **values))
        self.assertEqual(self.accounts.list(), [VIEWPOINT])

    def test_a_grant_may_stay_where_its_resource_has_gone(self):
        offer(self, IPluginServiceGrid, {"Test": {"ping": True}})
        account = replace(VIEWPOINT, services={"Test": ["ping"]})
        self.accounts.create(account)
        offer(self, IResourceGrid, {"jobs": ["GET"]})
        offer(self, IPluginServiceGrid, {})
        disabled = replace(account, enabled=False)
        self.accounts.change("viewpoint", disabled)
        self.assertEqual(self.accounts.get("viewpoint"), disabled)
        with self.assertRaises(Invalid):
            self.accounts.create(replace(account, username="other"))

    def test_what_is_deleted_is_gone(self):
        password = self.accounts.create(VIEWPOINT)
        self.accounts.delete("viewpoint")
        self.assertEqual(self.accounts.list(), [])
        self.assertIsNone(self.log_in("viewpoint", password))
        for call in (self.accounts.get, self.accounts.reset, self.accounts.delete):
            with self.assertRaisesRegex(NotFound, "'viewpoint'"):
                call("viewpoint")

    def test_without_resources_nothing_can_be_granted(self):
        offer(self, IResourceGrid, {})
        with self.assertRaisesRegex(Invalid, "There is no resource 'events'"):
            self.accounts.create(VIEWPOINT)

    def test_a_site_that_was_not_upgraded_says_so(self):
        uninstall(self.portal)
        with self.assertRaisesRegex(Unavailable, "upgrade the add-on"):
            Accounts(self.portal)
        self.assertIsNone(account_of(self.portal, "mwsapp:viewpoint"))
        install(self.portal)
        install(self.portal)
        self.assertEqual(Accounts(self.portal).list(), [])


class TestPasswords(AccountsTestCase):
    def setUp(self):
        super().setUp()
        self.password = self.accounts.create(VIEWPOINT)

    def test_the_right_one_opens(self):
        self.assertEqual(self.log_in("viewpoint", self.password), "mwsapp:viewpoint")
        self.assertEqual(self.log_in("VIEWPOINT", self.password), "mwsapp:viewpoint")

    def test_others_do_not(self):
        other = self.accounts.create(replace(VIEWPOINT, username="other"))
        for password in ("", other, self.password[:-1], "ä", "\ud800", None, b"x"):
            self.assertIsNone(self.log_in("viewpoint", password), password)
        for username in ("nobody", "", None, "mwsapp:viewpoint"):
            self.assertIsNone(self.log_in(username, self.password), username)

    def test_it_has_192_random_bits(self):
        self.assertRegex(self.password, r"\A[A-Za-z0-9_-]{32}\Z")
        self.assertNotEqual(self.password, self.accounts.reset("viewpoint"))

    def test_a_new_one_takes_the_place_of_the_old(self):
        new = self.accounts.reset("viewpoint")
        self.assertIsNone(self.log_in("viewpoint", self.password))
        self.assertEqual(self.log_in("viewpoint", new), "mwsapp:viewpoint")
        self.assertEqual(self.accounts.get("viewpoint"), VIEWPOINT)

    def test_a_disabled_account_opens_nothing_until_it_is_enabled(self):
        self.accounts.change("viewpoint", replace(VIEWPOINT, enabled=False))
        self.assertIsNone(self.log_in("viewpoint", self.password))
        self.accounts.change("viewpoint", VIEWPOINT)
        self.assertEqual(self.log_in("viewpoint", self.password), "mwsapp:viewpoint")

    def test_it_opens_the_MWS_REST_API_only(self):
        request = getRequest()
        del request.environ[API_REACHED]
        self.assertIsNone(self.log_in("viewpoint", self.password))
        clearRequest()
        self.addCleanup(setRequest, request)
        self.assertIsNone(self.log_in("viewpoint", self.password))

    def test_it_is_stored_nowhere(self):
        entry = self.portal.acl_users[PLUGIN].entry("viewpoint")
        stored = pickle.dumps(entry.__getstate__())
        self.assertNotIn(self.password.encode(), stored)

    def test_no_log_has_it(self):
        with self.assertLogs("collective.mwsvm", "DEBUG") as logs:
            password = self.accounts.reset("viewpoint")
            self.accounts.delete("viewpoint")
        text = "\n".join(logs.output)
        self.assertIn(
            "The application account viewpoint was given a new password by", text
        )
        self.assertNotIn(password, text)

    def test_exports_of_the_site_have_neither_it_nor_its_hash(self):
        entry = self.portal.acl_users[PLUGIN].entry("viewpoint")
        setup = api.portal.get_tool("portal_setup")
        exported = setup.runAllExportSteps()["tarball"]
        text = decompress(exported)
        for secret in (
            self.password.encode(),
            entry.digest,
            entry.digest.hex().encode(),
        ):
            self.assertNotIn(secret, text)
        self.assertNotIn(b"Moab Viewpoint", text)

    def test_code_on_the_site_does_not_get_at_the_accounts(self):
        plugin = self.portal.acl_users[PLUGIN]
        for name in ("entries", "entry", "authenticateCredentials", "enumerateUsers"):
            self.assertEqual(getattr(plugin, f"{name}__roles__"), (), name)


class TestUsers(AccountsTestCase):
    """What the site's users' folder makes of accounts."""

    def setUp(self):
        super().setUp()
        self.accounts.create(VIEWPOINT)
        self.users = self.portal.acl_users

    def test_an_account_is_a_user_without_roles(self):
        user = self.users.getUserById("mwsapp:viewpoint")
        self.assertEqual(user.getUserName(), "viewpoint")
        self.assertEqual(user.getRoles(), ["Authenticated"])

    def test_the_account_of_a_user(self):
        account = account_of(self.portal, "mwsapp:viewpoint")
        self.assertEqual(account, VIEWPOINT)
        self.assertTrue(may(account, "events", "GET"))
        for user_id in ("viewpoint", "mwsapp:other", "mwsapp:", "", ADMIN[0]):
            self.assertIsNone(account_of(self.portal, user_id), user_id)

    def test_searches_for_people_do_not_find_it(self):
        for criteria in (
            {},
            {"login": "view"},
            {"id": "mwsapp"},
            {"login": "viewpoint"},
            {"fullname": "Moab Viewpoint"},
            {"fullname": "x", "login": "viewpoint", "exact_match": True},
        ):
            ids = [user["userid"] for user in self.users.searchUsers(**criteria)]
            self.assertNotIn("mwsapp:viewpoint", ids, criteria)

    def test_the_exact_name_finds_it(self):
        for criteria in (
            {"login": "viewpoint"},
            {"id": "mwsapp:viewpoint"},
            {"id": ["mwsapp:viewpoint", "mwsapp:other"]},
        ):
            found = self.users.searchUsers(exact_match=True, **criteria)
            ids = [user["userid"] for user in found]
            self.assertEqual(ids, ["mwsapp:viewpoint"], criteria)

    def test_a_site_that_ignores_the_case_of_login_names(self):
        self.accounts.create(replace(VIEWPOINT, username="CamelCase"))
        self.users.login_transform = "lower"
        self.addCleanup(setattr, self.users, "login_transform", "")
        self.assertEqual(self.users.getUser("CamelCase").getId(), "mwsapp:CamelCase")


class TestConflicts(unittest.TestCase):
    """Two people change two accounts at the same moment."""

    def test_both_succeed(self):
        db = DB(DemoStorage())
        self.addCleanup(db.close)
        first, second = TransactionManager(), TransactionManager()
        with db.transaction() as connection:
            plugin = connection.root()["plugin"] = AccountsPlugin(PLUGIN)
            for name in ("one", "two"):
                plugin.entries[name] = Entry(replace(VIEWPOINT, username=name))
        one = db.open(first).root()["plugin"]
        two = db.open(second).root()["plugin"]
        one.entries["one"].renew()
        one.entries["three"] = Entry(replace(VIEWPOINT, username="three"))
        two.entries["two"].renew()
        two.entries["four"] = Entry(replace(VIEWPOINT, username="four"))
        first.commit()
        second.commit()
        with db.transaction() as connection:
            names = [*connection.root()["plugin"].entries]
            self.assertEqual(names, ["four", "one", "three", "two"])
