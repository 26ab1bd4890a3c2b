"""Plug-ins: the permissions to manage them, and their entry in Site Setup."""

from Acquisition import aq_inner
from Acquisition import aq_parent


ROLES = {
    "Manage Plugins": ["Manager", "Site Administrator"],
    "Upload Plugin Types": ["Manager"],
}


def upgrade(setup):
    """What an installation of this version has; other permissions stay as they are."""
    portal = aq_parent(aq_inner(setup))
    for title, roles in ROLES.items():
        portal.manage_permission(f"collective.mwsvm: {title}", roles, acquire=0)
    setup.runImportStepFromProfile(
        "collective.mwsvm:default", "controlpanel", run_dependencies=False
    )
