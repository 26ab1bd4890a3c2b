"""Resource types: what nodes offer beyond processors and memory (guide 4.22)."""

from collective.mwsvm.models.document import Model


#: What every node has and what is therefore no type of its own.
COMMON = frozenset({"processors", "memory", "disk", "swap"})


class ResourceType(Model):
    """The name of a generic resource that something reports."""

    id: str
