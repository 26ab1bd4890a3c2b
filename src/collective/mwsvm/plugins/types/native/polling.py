"""One poll: all URLs asked at the same time, their answers read."""

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from collective.mwsvm.plugins import wiki
from collective.mwsvm.plugins.types.native.answers import UrlFailure
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from dataclasses import field
from typing import Any
import time


Json = dict[str, Any]

#: Faults of which one poll writes the text into the log.
FAULTS = 20


@dataclass
class Poll:
    """What the URLs told; None where one that was asked failed."""

    nodes: list[Json] | None = field(default_factory=list)
    machines: list[Json] | None = field(default_factory=list)
    jobs: list[Json] | None = field(default_factory=list)
    failures: dict[str, UrlFailure] = field(default_factory=dict)
    #: What is wrong in the texts, each with the parameter whose URL gave it.
    faults: list[tuple[str, wiki.Fault]] = field(default_factory=list)

    def sentences(self) -> Iterator[tuple[str, bool]]:
        """What to write into the log of the faults; True for what is only ignored."""
        for key, fault in self.faults[:FAULTS]:
            yield f"{key}: {fault}", fault.note
        more = len(self.faults) - FAULTS
        if more > 0:
            yield f"{more} more faults are not shown", False


_READERS: dict[str, Callable[[str], wiki.Read]] = {
    "getCluster": wiki.read_cluster,
    "getNodes": wiki.read_nodes,
    "getVirtualMachines": wiki.read_machines,
    "getJobs": wiki.read_jobs,
}

# Which lists a URL fills.
_FILLS = {
    "getCluster": ("nodes", "machines"),
    "getNodes": ("nodes",),
    "getVirtualMachines": ("machines",),
    "getJobs": ("jobs",),
}


def poll(configured: Sequence[str], fetch: Callable[[str], str]) -> Poll:
    """Ask the URLs of the parameters that are ``configured``.

    With ``getCluster`` neither ``getNodes`` nor ``getVirtualMachines`` are asked.
    ``fetch`` gives the text for a parameter or raises `UrlFailure`; it is called in
    threads, so that the slowest URL decides how long a poll takes.
    """
    asked = [key for key in _READERS if key in configured]
    if "getCluster" in asked:
        asked = [key for key in asked if key in ("getCluster", "getJobs")]
    made = Poll()
    with ThreadPoolExecutor(len(_READERS)) as pool:
        answers = {key: pool.submit(fetch, key) for key in asked}
    now = int(time.time())
    for key, answer in answers.items():
        try:
            read = _READERS[key](answer.result())
        except UrlFailure as failure:
            made.failures[key] = failure
            for name in _FILLS[key]:
                setattr(made, name, None)
            continue
        for name in _FILLS[key]:
            reports: list[Json] = getattr(read, name)
            for report in reports:
                report.setdefault("timestamp", now)
            setattr(made, name, reports)
        made.faults += [(key, fault) for fault in read.faults]
    return made
