"""Policies: how machines are moved and work is placed (guide 4.17)."""

from collective.mwsvm.models.document import LENGTH
from collective.mwsvm.models.document import READ_ONLY
from collective.mwsvm.models.document import Versioned
from pydantic import BeforeValidator
from pydantic import Field
from typing import Annotated
from typing import Any
from typing import Literal


#: The algorithms that choose nodes, by how Moab writes them.
ALGORITHMS = {
    "NONE": "NONE",
    "CONTIGUOUS": "Contiguous",
    "PRIORITY": "CustomPriority",
    "FIRSTAVAILABLE": "InReportedOrder",
    "LASTAVAILABLE": "InReverseReportedOrder",
    "MINRESOURCE": "MinimumConfiguredResources",
    "FASTEST": "NodeSpeed",
    "CPULOAD": "ProcessorLoad",
    "MAXBALANCE": "ProcessorSpeedBalance",
}

_SPELLINGS = {name.upper(): name for name in ALGORITHMS.values()} | ALGORITHMS


def _upper(value: Any) -> Any:
    return value.strip().upper() if isinstance(value, str) else value


def _algorithm(value: Any) -> Any:
    return _SPELLINGS.get(_upper(value), value) if isinstance(value, str) else value


#: Whether a policy acts; taken in any case.
PolicyState = Annotated[Literal["ENABLED", "DISABLED"], BeforeValidator(_upper)]

#: What moves virtual machines; taken in any case.
MigrationAlgorithm = Annotated[
    Literal["NONE", "OVERCOMMIT", "CONSOLIDATION"], BeforeValidator(_upper)
]

#: Taken in any case, also as Moab writes it, such as ``PRIORITY``.
NodeAllocationAlgorithm = Annotated[
    Literal[
        "NONE",
        "Contiguous",
        "CustomPriority",
        "InReportedOrder",
        "InReverseReportedOrder",
        "MinimumConfiguredResources",
        "NodeSpeed",
        "ProcessorLoad",
        "ProcessorSpeedBalance",
    ],
    BeforeValidator(_algorithm),
]

#: A part of a whole, which load may exceed: 0.5 is a half.
Threshold = Annotated[float, Field(ge=0, allow_inf_nan=False)]

#: How often a whole may be given away: 1.5 is half as much again as there is.
Limit = Annotated[float, Field(gt=0, allow_inf_nan=False)]

#: Names of machines; each counts once.
Names = list[Annotated[str, Field(min_length=1, max_length=LENGTH)]]


class Policy(Versioned):
    """What all policies have; each has fields of its own besides."""

    #: Another active policy potentially conflicts with it.
    conflicted: Annotated[bool, READ_ONLY] = False
    description: Annotated[str, READ_ONLY] = ""
    name: Annotated[str, READ_ONLY] = ""
    #: Ids of policies.
    potential_conflicts: Annotated[list[str], READ_ONLY] = []
    priority: Annotated[int, READ_ONLY] = 0
    state: PolicyState = "DISABLED"
    tags: Annotated[list[str], READ_ONLY] = []
    types: Annotated[list[str], READ_ONLY] = []


class AutoVmMigration(Policy):
    """When virtual machines move to other hypervisors by themselves."""

    id: Annotated[str | None, READ_ONLY] = "auto-vm-migration"
    name: Annotated[str, READ_ONLY] = "Auto VM Migration"
    description: Annotated[str, READ_ONLY] = (
        "Controls how virtual machines are automatically migrated."
    )
    priority: Annotated[int, READ_ONLY] = 1
    migration_algorithm_type: MigrationAlgorithm = "NONE"
    processor_utilization_threshold: Threshold | None = None
    memory_utilization_threshold: Threshold | None = None
    #: By the name of the metric.
    generic_metric_thresholds: dict[
        Annotated[str, Field(min_length=1, max_length=LENGTH)],
        Annotated[float, Field(allow_inf_nan=False)],
    ] = {}


class HypervisorAllocationOvercommit(Policy):
    """How much more than they have hypervisors may give away."""

    id: Annotated[str | None, READ_ONLY] = "hv-allocation-overcommit"
    name: Annotated[str, READ_ONLY] = "Hypervisor Allocation Overcommit"
    description: Annotated[str, READ_ONLY] = (
        "Controls how hypervisors are overallocated with regards to processors and memory."
    )
    priority: Annotated[int, READ_ONLY] = 2
    processor_allocation_limit: Limit = 1.0
    memory_allocation_limit: Limit = 1.0


class NodeAllocation(Policy):
    """Which of the nodes that fit a job gets."""

    id: Annotated[str | None, READ_ONLY] = "node-allocation"
    name: Annotated[str, READ_ONLY] = "Node Allocation"
    description: Annotated[str, READ_ONLY] = (
        "Controls how nodes are selected for workload placement."
    )
    priority: Annotated[int, READ_ONLY] = 3
    node_allocation_algorithm: NodeAllocationAlgorithm = "InReverseReportedOrder"
    #: As Moab's PRIORITYF has it: ``100*RSVAFFINITY - GMETRIC[numvms]``.
    custom_priority_function: Annotated[str, Field(max_length=2000)] | None = None


class MigrationExclusionList(Policy):
    """What no automatic migration touches."""

    id: Annotated[str | None, READ_ONLY] = "migration-exclusion-list"
    name: Annotated[str, READ_ONLY] = "Migration Exclusion List"
    description: Annotated[str, READ_ONLY] = (
        "Controls which machines are excluded from automatic live migration operations."
    )
    priority: Annotated[int, READ_ONLY] = 100
    vm_exclusion_list: Names = []
    hv_exclusion_list: Names = []


class AnyPolicy(
    AutoVmMigration,
    HypervisorAllocationOvercommit,
    NodeAllocation,
    MigrationExclusionList,
):
    """The fields of all kinds; a policy has those of its own."""


#: All policies that there are, in the order in which they are listed.
KINDS: dict[str, type[Policy]] = {
    "auto-vm-migration": AutoVmMigration,
    "hv-allocation-overcommit": HypervisorAllocationOvercommit,
    "node-allocation": NodeAllocation,
    "migration-exclusion-list": MigrationExclusionList,
}
