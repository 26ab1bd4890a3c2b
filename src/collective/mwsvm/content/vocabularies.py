"""The vocabularies of machines and jobs, from the site's settings and content."""

from collective.mwsvm import site
from plone import api
from zope.interface import provider
from zope.schema.interfaces import IVocabularyFactory
from zope.schema.vocabulary import SimpleTerm
from zope.schema.vocabulary import SimpleVocabulary


def _from_setting(name):
    values = site.setting(name) or []
    return SimpleVocabulary([SimpleTerm(value) for value in dict.fromkeys(values)])


@provider(IVocabularyFactory)
def regions(context):
    """The AWS regions of the settings."""
    return _from_setting("regions")


@provider(IVocabularyFactory)
def instance_types(context):
    """The EC2 instance types of the settings."""
    return _from_setting("instance_types")


@provider(IVocabularyFactory)
def virtual_machines(context):
    """The machines that the present user may see, by UID."""
    catalog = api.portal.get_tool("portal_catalog")
    found = catalog(portal_type="VirtualMachine", sort_on="sortable_title")
    return SimpleVocabulary(
        [
            SimpleTerm(brain.UID, brain.UID, brain.Title or brain.getId)
            for brain in found
        ]
    )
