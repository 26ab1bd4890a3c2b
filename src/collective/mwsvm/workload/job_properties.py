"""What the event ``jobStart`` says of a job beside its nodes and user (guide 6.2.12)."""

from collections.abc import Mapping
from collective.mwsvm.models import dates
from collective.mwsvm.plugins.wiki.formats import ENVIRONMENT
from typing import Any


Json = dict[str, Any]

#: Attributes of Moab's, and where documents of jobs have them.
_TEXTS = {
    "NAME": "customName",
    "EXEC": "commandFile",
    "ARGS": "commandLineArgs",
    "IWD": "initialWorkingDirectory",
    "OUTPUT": "standardOutputFilePath",
    "ERROR": "standardErrorFilePath",
    "COMMENT": "resourceManagerExtension",
}
_CREDENTIALS = {
    "UNAME": "user",
    "GNAME": "group",
    "ACCOUNT": "account",
    "QOS": "qosRequested",
}
#: Of the first requirement, as everything that plug-ins report of jobs.
_AMOUNTS = {"RMEM": "memory", "RDISK": "disk", "RSWAP": "swap"}


def properties(document: Json) -> dict[str, str]:
    """A job whose nodes are chosen, in the words that Moab has for its attributes.

    ``WCLIMIT`` is in seconds; ``DPROCS`` are processors of a task, ``RMEM``, ``RDISK`` and
    ``RSWAP`` MB of it; ``QUEUETIME`` is in seconds since the epoch.
    """
    need = document["requirements"][0]
    amounts = {
        name: resource["dedicated"]
        for name, resource in need["resourcesPerTask"].items()
    }
    generic = {
        name: amount
        for name, amount in amounts.items()
        if name not in ("processors", *_AMOUNTS.values()) and amount
    }
    submitted = document["dates"]["submitDate"]
    reservation = document["reservationRequested"]
    found = {
        **{
            name: document["credentials"][field] for name, field in _CREDENTIALS.items()
        },
        **{name: document[field] for name, field in _TEXTS.items()},
        "WCLIMIT": document["duration"],
        "TASKS": sum(tasks for _, tasks, *_ in document["allocation"]),
        "DPROCS": amounts.get("processors"),
        **{name: amounts.get(field) or None for name, field in _AMOUNTS.items()},
        "DGRES": _pairs(generic),
        "ROPSYS": need["image"],
        "REQRSV": reservation and reservation["name"],
        "FLAGS": ",".join(document["flags"]),
        "QUEUETIME": submitted and int(dates.seconds(submitted)),
        "ENV": ENVIRONMENT.write(document["environmentVariables"]),
    }
    return {
        name: str(value) for name, value in found.items() if value not in (None, "")
    }


def _pairs(amounts: Mapping[str, int]) -> str:
    return ",".join(f"{name}:{amount}" for name, amount in amounts.items())
