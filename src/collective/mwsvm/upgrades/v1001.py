"""The REST API: its settings, and application accounts with what belongs to them."""

from Acquisition import aq_inner
from Acquisition import aq_parent
from collective.mwsvm.content import accounts
from collective.mwsvm.interfaces import IMwsvmSettings
from collective.mwsvm.interfaces import PREFIX
from plone.registry.interfaces import IRegistry


ROLES = ["Manager", "Site Administrator"]


def upgrade(setup):
    """What an installation of this version has; other permissions stay as they are."""
    portal = aq_parent(aq_inner(setup))
    # Settings that are there keep their values.
    registry = portal.getSiteManager().getUtility(IRegistry)
    registry.registerInterface(IMwsvmSettings, prefix=PREFIX)
    accounts.install(portal)
    for title in ("Manage Application Accounts", "Use MWS REST"):
        portal.manage_permission(f"collective.mwsvm: {title}", ROLES, acquire=0)
    setup.runImportStepFromProfile(
        "collective.mwsvm:default", "controlpanel", run_dependencies=False
    )
