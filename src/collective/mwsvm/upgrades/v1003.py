"""ACL rules have one name for what may be done with them, whatever they are rules of."""

from Acquisition import aq_inner
from Acquisition import aq_parent
from collective.mwsvm import site
from collective.mwsvm.access.accounts import Grants
from collective.mwsvm.content.accounts import Accounts
from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import Collection
from collective.mwsvm.database.query import from_document
from dataclasses import replace


#: What resources are called now, by the names that they had.
NAMES = {"reservations/acl-rules": "acl-rules", "vcs/acl-rules": "acl-rules"}


def upgrade(setup):
    """Application accounts and permissions of roles keep what they were granted."""
    accounts = Accounts(aq_parent(aq_inner(setup)))
    for account in accounts.list():
        new = renamed(account.permissions)
        if new != account.permissions:
            accounts.change(account.username, replace(account, permissions=new))
    with site.database().writing() as connection:
        permissions = Collection(connection, collections.permissions, site.new_id)
        outdated = from_document({"type": "api", "resource": {"$in": list(NAMES)}})
        for permission in permissions.find(outdated).documents:
            resource = NAMES[permission["resource"]]
            permissions.replace({**permission, "resource": resource})


def renamed(granted: Grants) -> Grants:
    """The grants by the present names."""
    found: dict[str, frozenset[str]] = {}
    for name, methods in granted.items():
        name = NAMES.get(name, name)
        found[name] = found.get(name, frozenset()) | methods
    return found
