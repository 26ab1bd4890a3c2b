"""How a resource declares its operations, and how a path finds them."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collective.mwsvm.models.document import Model
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Any
import re


#: What can be done, by the name that hooks use, and the method that asks for it.
KINDS = {
    "List": "GET",
    "Show": "GET",
    "Save": "POST",
    "Update": "PUT",
    "Delete": "DELETE",
}

#: The versions of the API that there are (guide 3.4).
VERSIONS = (1, 2)


@dataclass(frozen=True)
class Parameter:
    """A URL parameter that an operation knows beyond the global ones."""

    name: str
    description: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Operation:
    """One thing that can be asked of a resource."""

    kind: str
    path: str
    handler: str = ""
    summary: str = ""
    takes: type[Model] | None = None
    #: It has no body, or one of any shape.
    shapeless: bool = False
    gives: type[Model] | None = None
    #: The status of a success; 0: the usual one.
    success: int = 0
    #: What it gives where that is neither such an object nor a list of them: a type.
    answer: Any = None
    #: What it gives instead when the work goes on after the answer, with the status 202.
    begins: type[Model] | None = None
    parameters: tuple[Parameter, ...] = ()
    versions: tuple[int, ...] = VERSIONS
    #: Anybody may ask, also without credentials.
    public: bool = False
    #: It is a web service of a plug-in: who may call it the plug-in's type says.
    service: bool = False
    #: A permission that people need besides the one for the API.
    permission: str | None = None
    #: It sees to its transactions by itself: none is open while it works.
    alone: bool = False
    #: It has the workload manager change something: alone, if that one waits for others.
    asks: bool = False
    #: The body may be a list of objects, too.
    many: bool = False
    #: For how many seconds the answer may wait for results, if the client wants so.
    waits: int = 0
    #: Media types of the body.
    consumes: tuple[str, ...] = ("application/json",)
    #: Media types of the answer.
    produces: tuple[str, ...] = ("application/json",)
    #: What permissions, grids and hooks know it by; '': the path without ids.
    known_as: str = ""
    #: The workload manager does it: the answer has the manager's headers (guide 3.5).
    managed: bool = False
    factory: Any = None

    @property
    def method(self) -> str:
        return KINDS[self.kind]

    @property
    def status(self) -> int:
        """The status of a success."""
        return self.success or (201 if self.kind == "Save" else 200)

    @property
    def statuses(self) -> tuple[int, ...]:
        """Each status that a success may have, the usual one first."""
        return self.status, *([202] if self.begins is not None else [])

    @property
    def resource(self) -> str:
        """What permissions, grids and hooks know it by."""
        fixed = "/".join(step for step in self.path.split("/") if step[0] != "{")
        return self.known_as or fixed


def operation(kind: str, path: str = "", **marks: Any) -> Callable[[Any], Any]:
    """Declare a method of a resource as an operation; its docstring is the summary.

    ``path`` is what follows the resource's name; ``{key}`` in it becomes an argument of
    the method and may hold anything, slashes too.
    """

    def mark(function: Any) -> Any:
        summary = (function.__doc__ or "").strip().split("\n")[0]
        made = Operation(
            kind, path, handler=function.__name__, summary=summary, **marks
        )
        function.operations = (*getattr(function, "operations", ()), made)
        return function

    return mark


def operations(factory: type) -> list[Operation]:
    """The operations that a class of resources declares, those of its bases included.

    ``managed`` and ``known_as`` of the class are those of all its operations.
    """
    found = []
    for name in dir(factory):
        for made in _declared(factory, name):
            kinds = getattr(factory, "kinds", None)
            if kinds is not None and made.kind not in kinds:
                continue
            path = "/".join(step for step in (factory.name, made.path) if step)  # type: ignore[attr-defined]
            found.append(
                replace(
                    made,
                    path=path,
                    takes=made.takes or _model(factory, made, "takes"),
                    gives=made.gives or _model(factory, made, "gives"),
                    summary=made.summary.format(
                        one=getattr(factory, "one", ""),
                        many=getattr(factory, "many", ""),
                    ),
                    known_as=made.known_as or getattr(factory, "known_as", ""),
                    managed=getattr(factory, "managed", False),
                    factory=factory,
                )
            )
    return found


def _declared(factory: type, name: str) -> tuple[Operation, ...]:
    # A method that overrides an operation is that operation.
    for base in factory.__mro__:
        found = getattr(vars(base).get(name), "operations", ())
        if found:
            return found
    return ()


def _model(factory: type, made: Operation, side: str) -> type[Model] | None:
    model = getattr(factory, "model", None)
    if side == "takes":
        taking = made.kind in ("Save", "Update") and not made.shapeless
        return model if taking else None
    if made.answer is not None:
        return None
    return model if made.kind in ("List", "Show", "Save", "Update") else None


@dataclass(frozen=True)
class Place:
    """All operations of one path."""

    path: str
    pattern: re.Pattern[str]
    operations: Mapping[str, Operation]

    @property
    def methods(self) -> list[str]:
        """What an ``Allow`` header says."""
        found = [m for m in dict.fromkeys(KINDS.values()) if m in self.operations]
        return [*found, *(["HEAD"] if "GET" in found else []), "OPTIONS"]


@dataclass(frozen=True)
class Resources:
    """Every resource of the API, found by path."""

    places: list[Place] = field(default_factory=list)

    @classmethod
    def of(cls, factories: Iterable[type]) -> "Resources":
        paths: dict[str, dict[str, Operation]] = {}
        for factory in factories:
            for made in operations(factory):
                paths.setdefault(made.path, {})[made.method] = made
        places = [Place(path, _pattern(path), found) for path, found in paths.items()]
        # What is fixed wins over what may be anything; "/datapoints" over an id.
        places.sort(key=lambda place: (place.path.count("{"), -len(place.path)))
        places.sort(key=lambda place: -_fixed(place.path))
        return cls(places)

    def find(self, path: str) -> tuple[Place, dict[str, str]] | None:
        """The place that a path leads to, and the ids in it."""
        for place in self.places:
            match = place.pattern.fullmatch(path)
            if match is not None:
                return place, match.groupdict()
        return None

    def operations(self) -> list[Operation]:
        """All of them, in the order of their paths."""
        found = [made for place in self.places for made in place.operations.values()]
        methods = list(KINDS.values())
        return sorted(found, key=lambda made: (made.path, methods.index(made.method)))

    def grid(self) -> dict[str, list[str]]:
        """The methods of each resource, as permissions and accounts name them."""
        found: dict[str, list[str]] = {}
        for made in self.operations():
            methods = found.setdefault(made.resource, [])
            closed = not (made.public or made.service)
            if closed and made.method not in methods:
                methods.append(made.method)
        return {resource: methods for resource, methods in found.items() if methods}


def _fixed(path: str) -> int:
    return sum(1 for step in path.split("/") if step[0] != "{")


def _pattern(path: str) -> re.Pattern[str]:
    steps = [
        f"(?P<{step[1:-1]}>.+)" if step[0] == "{" else re.escape(step)
        for step in path.split("/")
    ]
    return re.compile("/".join(steps), re.DOTALL)
