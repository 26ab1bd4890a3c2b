"""What the profiles can't say in XML."""

from AccessControl.Permission import getPermissionIdentifier
from collective.mwsvm.content import accounts
from collective.mwsvm.content import orphans
from plone import api
from plone.base.interfaces.installable import INonInstallable
from zope.interface import implementer


@implementer(INonInstallable)
class HiddenProfiles:
    """Keeps the uninstall profile out of the list of add-ons."""

    def getNonInstallableProfiles(self):
        return ["collective.mwsvm:uninstall"]

    def getNonInstallableProducts(self):
        return []


#: The catalog's indexes, all of one kind: GenericSetup would build them empty.
INDEXES = ("mwsvm_machine", "mwsvm_queue_order")


def installed(setup):
    """Fill the indexes that the profile has added; let applications have accounts."""
    catalog = setup.portal_catalog
    catalog.manage_reindexIndex(ids=list(INDEXES))
    accounts.install(api.portal.get())


def uninstalled(setup):
    """Leave nothing behind in the ZODB that XML can't take away."""
    orphans.forget_all()
    portal = api.portal.get()
    accounts.uninstall(portal)
    for title in portal.possible_permissions():
        if title.startswith("collective.mwsvm: "):
            vars(portal).pop(getPermissionIdentifier(title), None)
            portal._p_changed = True
