"""The application accounts of a site: a plug-in of its users' folder keeps them.

An account opens the MWS REST API and nothing else of the site. Its password is random
with 192 bits, so one salted SHA-256 keeps it safe, and costs a request nothing.
"""

from AccessControl.class_init import InitializeClass
from AccessControl.SecurityInfo import ClassSecurityInfo
from AccessControl.users import emergency_user
from Acquisition import aq_base
from Acquisition import aq_inner
from Acquisition import aq_parent
from BTrees.OOBTree import OOBTree
from collections.abc import Iterator
from collections.abc import Mapping
from collective.mwsvm.access.accounts import Account
from collective.mwsvm.access.accounts import as_json
from collective.mwsvm.access.accounts import changed
from collective.mwsvm.access.accounts import checked
from collective.mwsvm.access.accounts import merged
from collective.mwsvm.interfaces import API_REACHED
from collective.mwsvm.interfaces import IPluginServiceGrid
from collective.mwsvm.interfaces import IResourceGrid
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.errors import Unavailable
from persistent import Persistent
from plone import api
from Products.PluggableAuthService.interfaces.plugins import IAuthenticationPlugin
from Products.PluggableAuthService.interfaces.plugins import IUserEnumerationPlugin
from Products.PluggableAuthService.plugins.BasePlugin import BasePlugin
from zope.component import queryUtility
from zope.globalrequest import getRequest
from zope.interface import implementer
import hashlib
import hmac
import logging
import secrets


logger = logging.getLogger(__name__)

#: The plug-in's id in ``acl_users``.
PLUGIN = "mws_accounts"

#: What the user ids of accounts begin with: they never meet those of people.
PREFIX = "mwsapp:"


def grid() -> dict[str, list[str]]:
    """The methods of each resource that can be granted; empty where there is no API."""
    utility = queryUtility(IResourceGrid)
    return {} if utility is None else utility()


def service_grid() -> dict[str, Mapping[str, bool]]:
    """The web services of each plug-in type, and whether each needs a grant."""
    utility = queryUtility(IPluginServiceGrid)
    return {} if utility is None else utility()


def account_of(site, user_id: str) -> Account | None:
    """The account that a user of the site is, by the user's id; None for people."""
    if not user_id.startswith(PREFIX):
        return None
    plugin = _plugin(site)
    entry = None if plugin is None else plugin.entry(user_id.removeprefix(PREFIX))
    return None if entry is None else entry.account


class Accounts:
    """The application accounts of a site, for those who manage them.

    The caller has checked the permission. Usernames are compared without regard to
    case, as the site may be set to ignore the case of login names.
    """

    def __init__(self, site):
        plugin = _plugin(site)
        if plugin is None:
            raise Unavailable(
                "The site has no application accounts yet: upgrade the add-on under "
                "Site Setup, Add-ons."
            )
        self._site = site
        self._entries = plugin.entries

    def list(self) -> list[Account]:
        """All of them, in the order of their usernames."""
        return [entry.account for entry in self._entries.values()]

    def get(self, username: str) -> Account:
        """The account; raises `NotFound`."""
        return self._entry(username).account

    def create(self, account: Account) -> str:
        """Add the account; its password, which nobody can ask for again.

        Raises `Invalid`, and `Conflict` when the username is taken.
        """
        checked(account, grid(), service_grid())
        self._check_free(account.username)
        entry = Entry(account)
        password = entry.renew()
        self._entries[_key(account.username)] = entry
        _note("created", account)
        return password

    def change(self, username: str, account: Account) -> None:
        """Give the account other fields, also another username; the password stays.

        What it has been granted may stay, even where it is there no longer. Raises
        `NotFound`, `Invalid`, and `Conflict` when the new username is taken.
        """
        entry = self._entry(username)
        old = entry.account
        checked(
            account,
            merged(grid(), old.permissions),
            merged(service_grid(), old.services),
        )
        if _key(account.username) != _key(old.username):
            self._check_free(account.username)
            del self._entries[_key(old.username)]
            self._entries[_key(account.username)] = entry
        entry.account = account
        _note("changed", account)

    def reset(self, username: str) -> str:
        """A new password for the account; the old one is good no longer."""
        entry = self._entry(username)
        password = entry.renew()
        _note("given a new password", entry.account)
        return password

    def delete(self, username: str) -> None:
        """Remove the account; raises `NotFound`."""
        account = self._entry(username).account
        del self._entries[_key(username)]
        _note("deleted", account)

    def _entry(self, username: str) -> "Entry":
        entry = self._entries.get(_key(username))
        if entry is None:
            raise NotFound(f"There is no application account {username[:80]!r}.")
        return entry

    def _check_free(self, username: str) -> None:
        if _key(username) in self._entries:
            raise Conflict(
                f"The username {username!r} is taken: another application account has it."
            )
        if _is_login(self._site, username):
            raise Conflict(
                f"The username {username!r} is taken: a user of the site logs in with it."
            )


class Entry(Persistent):
    """What is stored of one account, apart from all others."""

    def __init__(self, account: Account):
        self.account = account
        self.salt = b""
        self.digest = b""

    @property
    def account(self) -> Account:
        return changed(Account("", ""), self._fields)

    @account.setter
    def account(self, account: Account) -> None:
        # Plain values: what is stored does not depend on the class.
        self._fields = as_json(account)

    def renew(self) -> str:
        """A new password; only what it is checked with is kept."""
        password = secrets.token_urlsafe(24)
        self.salt = secrets.token_bytes(16)
        self.digest = _digest(self.salt, password)
        return password


@implementer(IAuthenticationPlugin, IUserEnumerationPlugin)
class AccountsPlugin(BasePlugin):
    """Lets applications into the MWS REST API, and keeps their accounts."""

    meta_type = "MWS Application Accounts"
    security = ClassSecurityInfo()

    def __init__(self, id, title=""):
        self._setId(id)
        self.title = title
        self._entries = OOBTree()

    @property
    def entries(self) -> OOBTree:
        """The entries by username, in lower case."""
        return self._entries

    security.declarePrivate("entries")

    @security.private
    def entry(self, username: str) -> Entry | None:
        return self._entries.get(_key(username))

    @security.private
    def authenticateCredentials(self, credentials):
        """The user's id and login name; None for all but the MWS REST API's requests."""
        environ = getattr(getRequest(), "environ", {})
        if not environ.get(API_REACHED):
            return None
        login, password = credentials.get("login"), credentials.get("password")
        if not isinstance(login, str) or not isinstance(password, str):
            return None
        entry = self.entry(login)
        # As much work for a username that there is not: time tells nothing.
        salt, digest = (entry.salt, entry.digest) if entry else _NOBODY
        is_right = hmac.compare_digest(_digest(salt, password), digest)
        if entry is None or not is_right:
            return None
        account = entry.account
        if not account.enabled:
            return None
        return f"{PREFIX}{account.username}", account.username

    @security.private
    def enumerateUsers(
        self,
        id=None,
        login=None,
        exact_match=False,
        sort_by=None,
        max_results=None,
        name=None,
        **criteria,
    ):
        """The accounts that are asked for by their whole id or username.

        Searches for people don't find any. ``name`` comes as ``login``, too.
        """
        if not exact_match or criteria:
            return ()
        usernames = {
            user_id.removeprefix(PREFIX)
            for user_id in _texts(id)
            if user_id.startswith(PREFIX)
        }
        if login:
            usernames = usernames & {*_texts(login)} if id else {*_texts(login)}
        found = (self.entry(username) for username in sorted(usernames))
        return tuple(
            {
                "id": f"{PREFIX}{entry.account.username}",
                "login": entry.account.username,
                "pluginid": self.getId(),
            }
            for entry in found
            if entry is not None
        )


InitializeClass(AccountsPlugin)


def install(site) -> None:
    """Put the plug-in into the site's users' folder; nothing where it is."""
    users = site.acl_users
    if PLUGIN not in users.objectIds():
        users._setObject(PLUGIN, AccountsPlugin(PLUGIN, "MWS application accounts"))
    for interface in (IAuthenticationPlugin, IUserEnumerationPlugin):
        if PLUGIN not in users.plugins.listPluginIds(interface):
            users.plugins.activatePlugin(interface, PLUGIN)


def uninstall(site) -> None:
    """Take the plug-in out, and all accounts with it."""
    if PLUGIN in site.acl_users.objectIds():
        site.acl_users.manage_delObjects([PLUGIN])


def _plugin(site) -> AccountsPlugin | None:
    return site.acl_users._getOb(PLUGIN, None)


def _key(username: str) -> str:
    return username.lower()


def _digest(salt: bytes, password: str) -> bytes:
    return hashlib.sha256(salt + password.encode(errors="surrogatepass")).digest()


_NOBODY = (secrets.token_bytes(16), secrets.token_bytes(32))


def _texts(value: object) -> Iterator[str]:
    values = value if isinstance(value, list | tuple) else [value]
    return (item for item in values if isinstance(item, str))


def _is_login(site, username: str) -> bool:
    """Whether a person, here or further up in Zope, logs in with the name."""
    if username == emergency_user.getUserName():
        return True
    folder = aq_inner(site)
    while folder is not None:
        users = getattr(aq_base(folder), "acl_users", None)
        if users is not None and _knows(folder.acl_users, username):
            return True
        folder = aq_parent(folder)
    return False


def _knows(users, username: str) -> bool:
    if not hasattr(aq_base(users), "searchUsers"):
        return users.getUser(username) is not None
    found = users.searchUsers(login=username, exact_match=True)
    return any(user["pluginid"] != PLUGIN for user in found)


def _note(what: str, account: Account) -> None:
    person = api.user.get_current().getId() or "nobody"
    logger.info(
        "The application account %s was %s by %s.", account.username, what, person
    )
