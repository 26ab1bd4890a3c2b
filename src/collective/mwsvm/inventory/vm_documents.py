"""Virtual machines as ``/rest/vms`` shows them, made of reports (guide 4.29)."""

from collective.mwsvm.inventory.consolidation import Consolidated
from collective.mwsvm.inventory.documents import date
from collective.mwsvm.inventory.documents import operating_system
from collective.mwsvm.inventory.documents import resource_managers
from collective.mwsvm.inventory.documents import states
from collective.mwsvm.inventory.kept import with_kept
from collective.mwsvm.models.vms import VirtualMachine
from typing import Any


Json = dict[str, Any]

#: What nobody has said anything of.
_BLANK = VirtualMachine(name="").wire()


def vm_document(found: Consolidated, old: Json | None) -> Json:
    """The document of a virtual machine, over its ``old`` one."""
    report, base = found.report, old or _BLANK
    moment = date(report["timestamp"])
    host, before = report.get("host"), (base["host"] or {}).get("name")
    document = {
        **base,
        "name": report["name"],
        "host": None if host is None else {"name": host},
        "ipAddress": report.get("ipAddress"),
        "lastUpdatedDate": moment,
        "metrics": report.get("metrics", {}),
        "variables": report.get("variables", {}),
        "states": states(report, base["states"], moment, keeps_power=True),
        "operatingSystem": operating_system(report, base["operatingSystem"], moment),
        "resources": _resources(report, base["resources"]),
        "resourceManagers": resource_managers(found.plugins),
    }
    if host and before and host != before:
        document["lastMigrationDate"] = moment
    return with_kept(document)


def _resources(report: Json, old: Json) -> Json:
    return {
        name: {
            "configured": amounts.get("total"),
            "dedicated": old[name].get("dedicated", 0) if name in old else 0,
            "available": amounts.get("available"),
        }
        for name, amounts in report.get("resources", {}).items()
    }
