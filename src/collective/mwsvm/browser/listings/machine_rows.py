"""Virtual machines as rows of the list: the site's own, and those of plug-ins."""

from collective.mwsvm import site
from collective.mwsvm.browser import state
from collective.mwsvm.browser.listings.job_rows import manages_records
from collective.mwsvm.browser.listings.page import Json
from collective.mwsvm.browser.machine import CONTROL
from collective.mwsvm.browser.machine import JobRows
from collective.mwsvm.browser.machine import may
from collective.mwsvm.content.vocabularies import distinct_titles
from collective.mwsvm.models import dates
from collective.mwsvm.models.machines import MachineState
from collective.mwsvm.workload import machine_lists
from plone import api


def visible() -> list[str]:
    """The UIDs of the machines of the site that the present user may see."""
    return [brain.UID for brain in api.content.find(portal_type="VirtualMachine")]


def machine_rows(request, documents: list[Json]) -> list[Json]:
    """A row for each document of the collection ``vms``."""
    uids = [each["machine"] for each in documents if "machine" in each]
    with site.database().reading() as connection:
        records = machine_lists.records_of(connection, uids)
        running = machine_lists.running_on(connection, uids)
        busy = machine_lists.busy_with(connection)
    brains = api.content.find(portal_type="VirtualMachine", UID=uids) if uids else []
    own = _OwnMachines(brains, records, _linked(request, running))
    everything = manages_records()
    base = api.portal.get().absolute_url()
    rows = []
    for document in documents:
        row = _reported(document, everything)
        if "machine" in document:
            row |= own.known(document["machine"])
        follow = busy.get(document["name"])
        row["follow"] = follow and {
            "name": follow,
            "url": f"{base}/@@mwsvm-system-job?name={follow}",
        }
        rows.append(row)
    return rows


def _reported(document: Json, selectable: bool) -> Json:
    states, resources = document["states"], document["resources"]
    word = states["state"] or "Unknown"
    updated = document["lastUpdatedDate"]
    return {
        "field": "vm",
        "key": document["name"],
        "selectable": selectable,
        "name": document["name"],
        "title": document["name"],
        "url": None,
        "state": word.lower(),
        "label": word,
        "power": states["powerState"],
        "reason": states["subState"] or "",
        "host": (document["host"] or {}).get("name", ""),
        "image": document["operatingSystem"]["image"] or "",
        "processors": _configured(resources, "processors"),
        "memory": _configured(resources, "memory"),
        "size": "",
        "job": _named(document["trackingJob"]),
        "contact": dates.iso(dates.seconds(updated)) if updated else None,
    }


def _configured(resources: Json, name: str) -> int | None:
    return resources.get(name, {}).get("configured")


def _named(job: Json | None) -> Json | None:
    return job and {"name": job["name"], "url": None}


class _OwnMachines:
    """What the site knows of its own machines, beside their documents."""

    def __init__(self, brains, records, jobs):
        self._brains = {brain.UID: brain for brain in brains}
        self._titles = distinct_titles(brains)
        self._records = records
        self._jobs = jobs

    def known(self, uid: str) -> Json:
        record, beat = self._records.get(uid, (None, None))
        status = record.status if record else MachineState.UNEVALUATED
        found = {
            "state": str(status),
            "label": status.value.capitalize(),
            # That its state says already.
            "power": None,
            "reason": record.reason if record else "",
            "host": record.instance_id if record else "",
            "job": self._jobs.get(uid),
            "contact": state.moment(beat),
        }
        brain = self._brains.get(uid)
        if brain is None:
            return found
        vm = brain._unrestrictedGetObject()
        return {
            **found,
            "title": self._titles[uid],
            "url": brain.getURL(),
            "selectable": may(CONTROL, vm),
            "image": (vm.machineImage or "").strip(),
            "size": vm.instance_type_list or "",
        }


def _linked(request, running: Json) -> Json:
    """The names of jobs by machine, with links to those that may be seen."""
    rows = JobRows(request).rows(list(running.values()))
    urls = {row["name"]: row["url"] for row in rows}
    return {
        uid: {"name": record.name, "url": urls.get(record.name)}
        for uid, record in running.items()
    }
