"""What of a description a client may write, all the way down.

The marks of a model say it for its own fields, those of the models within it for theirs.
"""

from collections.abc import Callable
from collective.mwsvm.models.document import Model
from collective.mwsvm.models.document import writable
from functools import cache
from types import NoneType
from types import UnionType
from typing import Annotated
from typing import Any
from typing import get_args
from typing import get_origin
from typing import Union


Keep = Callable[[Any], Any]


def written(model: type[Model], given: dict[str, Any], creation: bool) -> Any:
    """The description without what POST (``creation``) or PUT has no say in.

    A null takes a value away, where there may be none; elsewhere it says nothing.
    """
    fields = _fields(model, creation)
    return {
        name: value if value is None else fields[name][0](value)
        for name, value in given.items()
        if name in fields and (value is not None or fields[name][1])
    }


@cache
def _fields(model: type[Model], creation: bool) -> dict[str, tuple[Keep, bool]]:
    # By wire name: what cleans a value, and whether a null counts.
    names = writable(model, creation)
    found = {}
    for name, field in model.model_fields.items():
        alias = field.alias or name
        if alias in names:
            nullable = NoneType in get_args(field.annotation)
            found[alias] = (_keep(field.annotation, creation), nullable)
    return found


def _keep(kind: Any, creation: bool) -> Keep:
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        choices = [each for each in get_args(kind) if each is not NoneType]
        return _keep(choices[0], creation) if len(choices) == 1 else _as_it_is
    if origin is list:
        return _each(_keep(get_args(kind)[0], creation))
    if origin is dict:
        values = get_args(kind)[1]
        return _values(_keep(values, creation), NoneType in get_args(values))
    if isinstance(kind, type) and issubclass(kind, Model):
        return _part(kind, creation)
    return _as_it_is


def _as_it_is(value: Any) -> Any:
    return value


def _each(keep: Keep) -> Keep:
    if keep is _as_it_is:
        return keep
    return lambda value: (
        [keep(item) for item in value] if isinstance(value, list) else value
    )


def _values(keep: Keep, nullable: bool) -> Keep:
    return lambda value: (
        {
            name: item if item is None else keep(item)
            for name, item in value.items()
            if item is not None or nullable
        }
        if isinstance(value, dict)
        else value
    )


def _part(model: type[Model], creation: bool) -> Keep:
    return lambda value: (
        written(model, value, creation) if isinstance(value, dict) else value
    )
