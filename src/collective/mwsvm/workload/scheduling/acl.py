"""Whether a job may use a reservation, and how much it is drawn to it (guide 4.1)."""

from collections.abc import Callable
from collections.abc import Iterable
from collective.mwsvm.workload.scheduling.comparisons import DENYING
from collective.mwsvm.workload.scheduling.comparisons import holds
from collective.mwsvm.workload.scheduling.comparisons import named
from collective.mwsvm.workload.scheduling.comparisons import number_holds
from collective.mwsvm.workload.scheduling.world import AclRule
from collective.mwsvm.workload.scheduling.world import Job
from collective.mwsvm.workload.scheduling.world import Requirement
from collective.mwsvm.workload.scheduling.world import Reservation


#: How much a job is drawn to a reservation: it goes there first, or last.
AFFINITIES = {"POSITIVE": 1, "NEUTRAL": 0, "NEGATIVE": -1}


def tasks_of(requirement: Requirement) -> int:
    """How many tasks a requirement has in all."""
    tasks = requirement.tasks or requirement.nodes * (requirement.tasks_per_node or 1)
    return max(tasks, requirement.nodes, 1)


def _processors(job: Job) -> int:
    return sum(tasks_of(need) * need.processors for need in job.requirements)


def _memory(job: Job) -> int:
    return sum(tasks_of(need) * need.memory for need in job.requirements)


_TEXTS: dict[str, Callable[[Job], Iterable[str]]] = {
    "USER": lambda job: (job.user,),
    "GROUP": lambda job: (job.group,),
    "ACCOUNT": lambda job: (job.account,),
    "CLASS": lambda job: (job.job_class,),
    "QUEUE": lambda job: (job.job_class,),
    "QOS": lambda job: (job.qos,),
    "JOB_ID": lambda job: (job.name,),
    "JOB_TEMPLATE": lambda job: job.templates,
    "JOB_ATTRIBUTE": lambda job: job.attributes | job.flags,
    "PAR": lambda job: job.partitions,
    "VC": lambda job: job.virtual_containers,
    "RESERVATION_ID": lambda job: (wanted(job),),
}

_NUMBERS: dict[str, Callable[[Job, float], float]] = {
    "DURATION": lambda job, _now: job.limit,
    "PROCESSOR_SECONDS": lambda job, _now: _processors(job) * job.limit,
    "PROC": lambda job, _now: _processors(job),
    "MEMORY": lambda job, _now: _memory(job),
    "TASK": lambda job, _now: sum(map(tasks_of, job.requirements)),
    "NODE": lambda job, _now: (
        len(job.nodes_requested) or sum(need.nodes for need in job.requirements)
    ),
    "JPRIORITY": lambda job, _now: (
        job.system_priority + job.user_priority + job.start_priority
    ),
    "QTIME": lambda job, now: now - job.submitted,
    "XFACTOR": lambda job, now: (now - job.submitted + job.limit) / job.limit,
}

#: Moab's short names.
_SHORT = {
    "ACCT": "ACCOUNT",
    "JOB": "JOB_ID",
    "RSV": "RESERVATION_ID",
    "JTEMPLATE": "JOB_TEMPLATE",
    "JATTR": "JOB_ATTRIBUTE",
    "PS": "PROCESSOR_SECONDS",
}

#: Rules of these types look only at what jobs of one owner share.
CREDENTIALS = frozenset(
    ("USER", "GROUP", "ACCOUNT", "CLASS", "QUEUE", "QOS", "CLUSTER")
)


def kind(rule: AclRule) -> str:
    """The rule's type by its full name."""
    text = rule.type.strip().upper()
    return _SHORT.get(text, text)


def wanted(job: Job) -> str:
    """The reservation that the job must run in, "" for none, ``*`` for any."""
    if job.reservation:
        return job.reservation
    for flag in job.flags:
        if flag.startswith("ADVRES"):
            return flag[7:] or "*"
    return ""


def matches(rule: AclRule, job: Job, now: float, cluster: str = "") -> bool:
    """Whether the rule is about the job.

    There is nothing to hold against rules about racks, schedulers and systems: they match
    no job.
    """
    name = kind(rule)
    number = _NUMBERS.get(name)
    if number is not None:
        return number_holds(number(job, now), rule.comparator, rule.value)
    if name == "CLUSTER":
        return bool(cluster) and holds(cluster, rule.comparator, rule.value)
    values = _TEXTS.get(name)
    if values is None:
        return False
    found = [
        holds(value, rule.comparator, rule.value) for value in values(job) if value
    ]
    if named(rule.comparator) in DENYING:
        return all(found)
    return any(found)


def affinity(
    reservation: Reservation, job: Job, now: float, cluster: str = ""
) -> int | None:
    """How much the job is drawn to the reservation: 1, 0 or -1; None if it may not in.

    One rule that matches is enough; the friendliest counts. Without rules, for jobs that
    it excludes, and with BYNAME for those that don't ask for it, it is closed. That a
    reservation lets itself in lets no job in.
    """
    if not lets(reservation, job):
        return None
    found = [
        draws(rule)
        for rule in reservation.acl
        if not (kind(rule) == "RESERVATION_ID" and rule.value == reservation.name)
        and matches(rule, job, now, cluster)
    ]
    return max(found, default=None)


def draws(rule: AclRule) -> int:
    """How much jobs that match the rule are drawn."""
    return AFFINITIES.get(rule.affinity.upper(), 0)


def lets(reservation: Reservation, job: Job) -> bool:
    """Whether the reservation's rules are asked at all, for this job."""
    if job.name in reservation.excluded_jobs:
        return False
    return "BYNAME" not in reservation.flags or wanted(job) == reservation.name


def credential(name: str, job: Job) -> str:
    """What rules of this type, one of `CREDENTIALS`, look at."""
    return "" if name == "CLUSTER" else next(iter(_TEXTS[name](job)))
