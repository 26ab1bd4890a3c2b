"""Machines of the site, started and stopped by those who know only their UIDs."""

from collective.mwsvm import site
from collective.mwsvm.content import fleet
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.transactions import committed


def switch(uid: str, on: bool) -> None:
    """`site.IMachineSwitch`: the worker carries on with what is wanted here."""
    request = fleet.request_start if on else fleet.request_stop
    committed(lambda: request(_machine(uid)))


def _machine(uid):
    catalog = site.portal().portal_catalog
    found = catalog.unrestrictedSearchResults(UID=uid, portal_type="VirtualMachine")
    if not found:
        raise NotFound(f"There is no machine {uid!r}")
    return found[0]._unrestrictedGetObject()
