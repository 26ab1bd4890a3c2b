"""Node access policies: who may be on a node together (guide 4.8: ``nodeAccessPolicy``)."""

from dataclasses import dataclass


SHARED = "SHARED"

#: Policies that look at whose the jobs are.
PERSONAL = frozenset(("SINGLEUSER", "SINGLEGROUP", "SINGLEACCOUNT", "UNIQUEUSER"))

#: Policies of jobs that say that they don't mind others.
SHARING = frozenset((SHARED, "SHAREDONLY"))

_KNOWN = PERSONAL | SHARING | {"SINGLEJOB", "SINGLETASK"}


@dataclass(frozen=True, slots=True)
class Tenant:
    """Whose a job is; ``job`` is its name where its own parts must know each other."""

    user: str = ""
    group: str = ""
    account: str = ""
    job: str = ""


#: Where it does not matter whose jobs are.
NOBODY = Tenant()


def effective(asked: str, node: str, default: str) -> str:
    """The policy that counts: the job's, else the node's, else the default."""
    for policy in (asked, node, default):
        if policy in _KNOWN:
            return policy
    return SHARED


def _tolerates(policy: str, mine: Tenant, other: Tenant, others_policy: str) -> bool:
    """Whether a job with this policy may be on a node with the other."""
    match policy:
        case "SINGLEJOB" | "SINGLETASK":
            return bool(mine.job) and mine.job == other.job
        case "SINGLEUSER":
            return mine.user == other.user
        case "SINGLEGROUP":
            return mine.group == other.group
        case "SINGLEACCOUNT":
            return mine.account == other.account
        case "UNIQUEUSER":
            return mine.user != other.user or bool(mine.job and mine.job == other.job)
        case "SHAREDONLY":
            return others_policy in SHARING
    return True


def compatible(one: str, tenant: Tenant, other: str, others: Tenant) -> bool:
    """Whether two jobs with these policies may be on a node together."""
    if one == SHARED and other == SHARED:
        return True
    return _tolerates(one, tenant, others, other) and _tolerates(
        other, others, tenant, one
    )
