"""Whether a node could ever do for a requirement, and whether it is there now."""

from collective.mwsvm.workload.scheduling.comparisons import holds
from collective.mwsvm.workload.scheduling.sentences import listed
from collective.mwsvm.workload.scheduling.world import Job
from collective.mwsvm.workload.scheduling.world import Node
from collective.mwsvm.workload.scheduling.world import Requirement


#: Nodes take up work in these states.
USABLE = frozenset(("IDLE", "RUNNING", "UP"))

#: Jobs with these usages of virtual machines need a hypervisor to make one on.
CREATING = frozenset(("CREATEVM", "CREATEPERSISTENTVM"))


def unusable(node: Node) -> str:
    """Why nothing may start on the node now: ``is Down``; "" if something may."""
    if node.state.upper() not in USABLE:
        return f"is {node.state}"
    if node.power.upper() != "ON":
        return f"has its power {node.power}"
    return ""


def partitions(job: Job) -> frozenset[str]:
    """The partitions it asks for; none named are all. Everybody has SHARED."""
    asked = {name.upper(): name for name in job.partitions}
    if "ALL" in asked or "[ALL]" in asked:
        return frozenset()
    asked.pop("SHARED", None)
    return frozenset(asked.values())


def unsuited(job: Job, need: Requirement, node: Node) -> str:
    """What of the node does not do: ``lacks the feature a``; "" if it suits."""
    return of_place(job, node) or _of_usage(job, node) or of_requirement(need, node)


def of_place(job: Job, node: Node) -> str:
    """What keeps the job as a whole from this place; "" for nothing."""
    asked = job.nodes_requested
    if asked and job.nodes_policy.upper() != "SUBSET" and node.name not in asked:
        return "is not among the nodes asked for"
    if node.name in job.nodes_excluded:
        return "is excluded"
    if job.partitions:
        named = partitions(job)
        if named and node.partition not in named:
            return f"is not in partition {listed(sorted(named))}"
    if job.job_class and node.classes and job.job_class not in node.classes:
        return f"does not take class {job.job_class}"
    return ""


def _of_usage(job: Job, node: Node) -> str:
    usage = job.vm_usage.upper()
    if usage in CREATING and not node.hypervisor:
        return "is no hypervisor"
    if usage == "REQUIREPM" and node.hypervisor:
        return "is a hypervisor, no physical machine"
    if usage == "REQUIREVM":
        return "is no virtual machine"
    return ""


def of_requirement(need: Requirement, node: Node) -> str:
    """What of the node does not do for the tasks, amounts aside; "" for nothing."""
    missing = need.features - node.features
    if missing:
        if need.features_mode.upper() != "OR":
            word = "feature" if len(missing) == 1 else "features"
            return f"lacks the {word} {listed(sorted(missing))}"
        if missing == need.features:
            return f"has none of the features {listed(sorted(missing))}"
    unwanted = need.features_excluded & node.features
    if unwanted and (
        need.features_excluded_mode.upper() == "OR"
        or unwanted == need.features_excluded
    ):
        return f"has the unwanted feature {listed(sorted(unwanted))}"
    if need.architecture and need.architecture != node.architecture:
        return f"is not {need.architecture}"
    if need.image and need.image != node.image:
        return f"does not have the image {need.image}"
    attributes = node.attributes or {}
    for test in need.attributes:
        actual = attributes.get(test.name)
        if actual is None:
            return f"has no attribute {test.name}"
        if not holds(actual, test.comparator, test.value):
            return f"has {test.name} {actual}, not {test.comparator} {test.value}"
    sharing = need.access_policy.upper() in ("SHARED", "SHAREDONLY")
    if node.access_policy.upper() == "SHAREDONLY" and not sharing:
        return "takes only jobs that ask for shared access"
    return ""


def job_signature(job: Job) -> tuple[object, ...]:
    """With `need_signature`, equal for all that the same nodes suit and serve alike."""
    return (
        job.nodes_requested,
        job.nodes_policy,
        job.nodes_excluded,
        job.partitions,
        job.job_class,
        job.vm_usage,
        job.reservation,
        job.flags,
    )


def need_signature(need: Requirement) -> tuple[object, ...]:
    """What a requirement says of nodes, amounts aside."""
    return (
        need.tasks_per_node,
        need.nodes,
        need.features,
        need.features_mode,
        need.features_excluded,
        need.features_excluded_mode,
        need.architecture,
        need.attributes,
        need.access_policy,
        need.allocation_policy,
        need.image,
    )
