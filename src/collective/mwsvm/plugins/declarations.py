"""The constraints that a plug-in type declares: checked and with their types inferred."""

from collections.abc import Mapping
from collective.mwsvm.plugins.constraint_values import INFERRED
from collective.mwsvm.plugins.constraint_values import ORDERED
from collective.mwsvm.plugins.constraint_values import READERS
from collective.mwsvm.plugins.constraint_values import TYPES
from collective.mwsvm.plugins.constraint_values import WrongValue
from collective.mwsvm.plugins.conversions import convert
from collective.mwsvm.plugins.conversions import DECLARABLE
from collective.mwsvm.plugins.conversions import TypeName
from collective.mwsvm.plugins.exceptions import InvalidPluginTypeException
from collective.mwsvm.plugins.spelling import snake
from dataclasses import dataclass
from dataclasses import field
from typing import Any
import copy


POLL_INTERVAL = "pollInterval"

NAMES = (
    "blank",
    "creditCard",
    "defaultValue",
    "email",
    "inList",
    "matches",
    "max",
    "maxSize",
    "min",
    "minSize",
    "notEqual",
    "nullable",
    "password",
    "range",
    "required",
    "scale",
    "size",
    "type",
    "url",
    "scriptableUrl",
    "validator",
)

_SPELLINGS = {spelling: name for name in NAMES for spelling in (name, snake(name))}

_SIZED: tuple[TypeName, ...] = ("String", "Collection", "Integer", "Double")

#: The types that a constraint is for; those that are not here are for all.
APPLIES: dict[str, tuple[TypeName, ...]] = {
    **dict.fromkeys(
        ("matches", "url", "scriptableUrl", "email", "creditCard"), ("String",)
    ),
    **dict.fromkeys(("max", "min", "range"), ORDERED),
    **dict.fromkeys(("size", "minSize", "maxSize"), _SIZED),
    "scale": ("Double",),
}


_OF_THE_TYPE = ("defaultValue", "inList", "max", "min", "notEqual", "range")


@dataclass(frozen=True)
class Parameter:
    """A parameter of the configuration, or the polling interval, and its constraints.

    The values of ``constraints`` are those that were declared, in their order, by the
    guide's names: limits have the parameter's type, ranges and sizes are pairs whose ends
    are included, constraints that are switched off are left out.
    """

    name: str
    type: TypeName = "String"
    constraints: Mapping[str, Any] = field(default_factory=dict)
    required: bool = True
    nullable: bool = False

    @property
    def password(self) -> bool:
        return "password" in self.constraints

    @property
    def default(self) -> Any:
        """A copy of the default value; None if there is none."""
        return copy.deepcopy(self.constraints.get("defaultValue"))


def declared(type_name: str, declarations: Any) -> tuple[Parameter, ...]:
    """The parameters in the order of a type's ``constraints``.

    Raises InvalidPluginTypeException naming the type, the parameter, the constraint, and
    what is allowed.
    """
    if not isinstance(declarations, Mapping):
        raise InvalidPluginTypeException(
            f"The constraints of {type_name} must be a dictionary of parameters, "
            f"not {type(declarations).__name__}"
        )
    return tuple(
        _Declaration(type_name, name, constraints).parameter()
        for name, constraints in declarations.items()
    )


class _Declaration:
    """One parameter of one type while it is read."""

    def __init__(self, type_name: str, name: Any, constraints: Any) -> None:
        self._type_name = type_name
        self._name = "pollInterval" if name == "poll_interval" else name
        if not isinstance(name, str) or not name:
            raise self._error(f"the name of a parameter must be text, not {name!r}")
        if not isinstance(constraints, Mapping):
            raise self._error(
                "its constraints must be a dictionary such as {'blank': False}, "
                f"not {constraints!r}"
            )
        self._given = {self._known(key): value for key, value in constraints.items()}

    def parameter(self) -> Parameter:
        given = {name: self._value(name, value) for name, value in self._given.items()}
        kind = self._type(given)
        for name in given:
            if kind not in APPLIES.get(name, (kind,)):
                raise self._wrong(
                    name,
                    f"it is for the types {', '.join(APPLIES[name])}, and this "
                    f"parameter is a {kind} (the constraint 'type' sets another one)",
                )
        typed = {
            name: self._typed(name, value, kind)
            for name, value in given.items()
            if value is not False or name in ("defaultValue", "notEqual", "blank")
        }
        typed = {name: value for name, value in typed.items() if value is not None}
        # The framework has an interval for plug-ins that name none.
        needed = self._name != POLL_INTERVAL
        required = given.get("required", needed)
        return Parameter(
            self._name,
            kind,
            typed,
            required=required,
            nullable=not required and given.get("nullable", True),
        )

    def _known(self, name: Any) -> str:
        try:
            return _SPELLINGS[name]
        except (KeyError, TypeError):
            raise self._error(
                f"there is no constraint {name!r}; constraints are {', '.join(NAMES)}"
            ) from None

    def _value(self, name: str, value: Any) -> Any:
        try:
            return READERS[name](value)
        except WrongValue as error:
            raise self._wrong(
                name, f"its value must be {error}, not {value!r}"
            ) from None

    def _type(self, given: Mapping[str, Any]) -> TypeName:
        kind = self._inferred(given)
        if self._name != POLL_INTERVAL or kind == "Integer":
            return kind
        if "type" in given or any(name in given for name in INFERRED):
            raise self._error(f"it must be an Integer, not a {kind}")
        return "Integer"

    def _inferred(self, given: Mapping[str, Any]) -> TypeName:
        if "type" in given:
            return DECLARABLE[given["type"]]
        for name, first in INFERRED.items():
            if name not in given:
                continue
            kind = first(given[name])
            if kind is None:
                raise self._wrong(
                    name,
                    f"its value must be a {TYPES} or a list, not {given[name]!r}",
                )
            return kind
        return "String"

    def _typed(self, name: str, value: Any, kind: TypeName) -> Any:
        if value is None or name not in _OF_THE_TYPE:
            return value
        try:
            if name == "inList":
                return [convert(item, kind) for item in value]
            if name == "range":
                return convert(value[0], kind), convert(value[1], kind)
            return convert(value, kind)
        except ValueError:
            raise self._wrong(
                name, f"its value must be of the type {kind}, not {value!r}"
            ) from None

    def _wrong(self, constraint: str, sentence: str) -> InvalidPluginTypeException:
        return self._error(f"the constraint {constraint!r} is wrong: {sentence}")

    def _error(self, sentence: str) -> InvalidPluginTypeException:
        return InvalidPluginTypeException(
            f"The constraints of {self._type_name} are wrong at the parameter "
            f"{self._name!r}: {sentence}"
        )
