"""The vocabularies of machines and jobs, from the site's settings and content."""

from Acquisition import aq_base
from collections import Counter
from collective.mwsvm import _
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
    """The machines that the present user may see, by UID; and the one that is chosen."""
    catalog = api.portal.get_tool("portal_catalog")
    titles = distinct_titles(
        catalog(portal_type="VirtualMachine", sort_on="sortable_title")
    )
    chosen = getattr(aq_base(context), "virtual_machine", None)
    if chosen and chosen not in titles:
        titles[chosen] = (
            _("a machine that you may not see")
            if machine_exists(chosen)
            else _("a machine that was deleted")
        )
    return SimpleVocabulary(
        [SimpleTerm(uid, uid, title) for uid, title in titles.items()]
    )


def distinct_titles(brains):
    """The titles by UID; those that several of them share have their paths, too."""
    titles = {brain.UID: brain.Title or brain.getId for brain in brains}
    times = Counter(titles.values())
    start = len("/".join(api.portal.get().getPhysicalPath()))
    for brain in brains:
        title = titles[brain.UID]
        if times[title] > 1:
            titles[brain.UID] = f"{title} ({brain.getPath()[start:]})"
    return titles


def machine_exists(uid):
    """Whether there is such a machine, seen by the present user or not."""
    catalog = api.portal.get_tool("portal_catalog")
    return bool(catalog.unrestrictedSearchResults(UID=uid))
