"""Instances that outlive their VirtualMachine: what it takes to terminate them.

A deleted machine takes its keys with it, so they are kept, in the ZODB like those of
every machine, until the worker has seen the instance end.
"""

from collective.mwsvm.cloud.ec2 import Account
from persistent.mapping import PersistentMapping
from plone import api
from zope.annotation.interfaces import IAnnotations


KEY = "collective.mwsvm.orphans"


def add(instance: str, account: Account) -> None:
    """The machine is deleted, its instance lives on."""
    annotations = IAnnotations(api.portal.get())
    if KEY not in annotations:
        annotations[KEY] = PersistentMapping()
    annotations[KEY][instance] = account


def all_orphans() -> dict[str, Account]:
    """The accounts that can terminate them, by instance id."""
    return dict(IAnnotations(api.portal.get()).get(KEY, {}))


def remove(instance: str) -> None:
    """The instance has ended."""
    IAnnotations(api.portal.get()).get(KEY, {}).pop(instance, None)


def forget_all() -> None:
    """The add-on is being uninstalled."""
    IAnnotations(api.portal.get()).pop(KEY, None)
