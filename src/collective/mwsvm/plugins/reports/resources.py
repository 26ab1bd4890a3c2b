"""Resources of a node, of a VM or of one task of a job."""

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import MutableMapping
from collective.mwsvm.plugins.reports.values import whole
from typing import Any


class ReportResource:
    """How much there is of a resource, and how much is free. None is not known."""

    __slots__ = "_available", "_total"

    def __init__(self, total: int | None = None, available: int | None = None) -> None:
        self._total = total if type(total) is int else whole("total", total)
        self._available = (
            available if type(available) is int else whole("available", available)
        )

    @classmethod
    def of(cls, amounts: "ReportResource | Mapping[str, Any]") -> "ReportResource":
        """A resource as it is, or of ``{"total": 4, "available": 3}``.

        Raises TypeError for others, and ValueError for another key.
        """
        if isinstance(amounts, ReportResource):
            return amounts
        if not isinstance(amounts, Mapping):
            raise TypeError(
                f"A resource is {amounts!r}; allowed are a ReportResource and a map of "
                "total and available"
            )
        for key in amounts:
            if key not in ("total", "available"):
                raise ValueError(
                    f"A resource has the key {key!r}; allowed are total and available"
                )
        return cls(amounts.get("total"), amounts.get("available"))

    @property
    def total(self) -> int | None:
        return self._total

    @total.setter
    def total(self, amount: int | None) -> None:
        self._total = amount if type(amount) is int else whole("total", amount)

    @property
    def available(self) -> int | None:
        return self._available

    @available.setter
    def available(self, amount: int | None) -> None:
        self._available = amount if type(amount) is int else whole("available", amount)

    def to_json(self) -> dict[str, int]:
        """``{"total": 4, "available": 3}`` without what is not known."""
        amounts = {}
        if self._total is not None:
            amounts["total"] = self._total
        if self._available is not None:
            amounts["available"] = self._available
        return amounts

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ReportResource):
            return NotImplemented
        return (self._total, self._available) == (other._total, other._available)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"ReportResource(total={self._total}, available={self._available})"


class ReportResourceMap(MutableMapping[str, ReportResource]):
    """Resources by name, in the order they were added.

    Reading an absent one by ``[name]``, ``.name`` or ``get(name)`` makes an empty one, so
    that ``resources.memory.total = 512`` needs no check; empty ones are not reported. What
    is put in may also be a map such as ``{"total": 512}``.
    """

    __slots__ = ("_resources",)

    _resources: dict[str, ReportResource]

    def __init__(
        self, resources: Mapping[str, ReportResource | Mapping[str, Any]] | None = None
    ) -> None:
        own: dict[str, ReportResource] = {}
        object.__setattr__(self, "_resources", own)
        if resources:
            for name, resource in resources.items():
                self[name] = resource

    def __getitem__(self, name: str) -> ReportResource:
        resource = self._resources.get(name)
        if resource is None:
            resource = self._resources[name] = ReportResource()
        return resource

    def __setitem__(
        self, name: str, resource: ReportResource | Mapping[str, Any]
    ) -> None:
        if type(name) is not str:
            raise TypeError(f"The name of a resource is {name!r}; allowed is a text")
        self._resources[name] = ReportResource.of(resource)

    def __delitem__(self, name: str) -> None:
        del self._resources[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._resources)

    def __len__(self) -> int:
        return len(self._resources)

    def __contains__(self, name: object) -> bool:
        return name in self._resources

    def containsKey(self, name: str) -> bool:
        """Whether there is such a resource; does not make it."""
        return name in self._resources

    contains_key = containsKey

    def get(self, name: str, default: Any = None) -> Any:
        """The resource: made if it is absent, unless a default is given."""
        return self[name] if default is None else self._resources.get(name, default)

    def __getattr__(self, name: str) -> ReportResource:
        # Python asks objects for its own names: an answer would be taken for a method.
        if name[:1] == "_":
            raise AttributeError(name)
        return self[name]

    def __setattr__(self, name: str, resource: Any) -> None:
        self[name] = resource

    def to_json(self) -> dict[str, dict[str, int]]:
        """``{"memory": {"total": 512}}`` without empty ones."""
        found = self._resources.items()
        return {name: json for name, item in found if (json := item.to_json())}

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._resources,)

    def __repr__(self) -> str:
        return f"ReportResourceMap({self._resources!r})"
