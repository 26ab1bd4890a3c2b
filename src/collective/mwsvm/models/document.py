"""What the objects of the MWS resources have in common: names, marks, checks.

A resource's object is declared once, as a pydantic model. Attributes are snake_case, the
wire has camelCase. `READ_ONLY` and `ONCE` mark the fields that a client can't write, or
only on creation; the rest can be written by POST and PUT.
"""

from collections.abc import Iterator
from collections.abc import Mapping
from collective.mwsvm.models import dates
from collective.mwsvm.models.errors import Invalid
from enum import Enum
from functools import cache
from functools import lru_cache
from pydantic import BaseModel
from pydantic import BeforeValidator
from pydantic import ConfigDict
from pydantic import Field
from pydantic import ValidationError
from pydantic import WithJsonSchema
from pydantic.alias_generators import to_camel
from types import UnionType
from typing import Annotated
from typing import Any
from typing import get_args
from typing import get_origin
from typing import Self
from typing import Union
import re


class Written(Enum):
    """When a client may write a field."""

    NEVER = "never"
    ON_CREATION = "on creation"


#: Marks for ``Annotated``.
READ_ONLY = Written.NEVER
ONCE = Written.ON_CREATION

#: How long a text may be that objects are looked for by: databases have indexes of them.
LENGTH = 256

#: The names of images, roles and principals.
NAME = re.compile(r"[A-Za-z0-9._-]+")

#: Text without quotes; pydantic checks patterns faster than functions.
UNQUOTED = "^[^'\"]*$"


def _date(value: Any) -> Any:
    return dates.normalise(value) if isinstance(value, str) else value


def _name(value: Any) -> Any:
    if isinstance(value, str) and NAME.fullmatch(value) is None:
        raise ValueError(
            "a name has only letters, digits, periods, dashes and underscores"
        )
    return value


#: A moment; held in UTC, taken in any zone.
Date = Annotated[
    str,
    BeforeValidator(_date),
    WithJsonSchema({"type": "string", "examples": ["2013-05-23 17:32:02 UTC"]}),
]

#: A name without blanks and special characters.
Name = Annotated[
    str,
    Field(max_length=LENGTH),
    BeforeValidator(_name),
    WithJsonSchema(
        {"type": "string", "pattern": f"^{NAME.pattern}$", "maxLength": LENGTH}
    ),
]


class Model(BaseModel):
    """An object on the wire. What it does not know is ignored, as real clients need."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        coerce_numbers_to_str=True,
        extra="ignore",
    )

    @classmethod
    def check(cls, given: Mapping[str, Any]) -> Self:
        """The object that is described. Raises `Invalid`, one sentence for each fault."""
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise Invalid(*_sentences(error)) from None

    def wire(self) -> dict[str, Any]:
        """The object as the wire and the database have it."""
        return self.model_dump(mode="json", by_alias=True)


class Document(Model):
    """An object that lives in the MWS database as a whole."""

    id: Annotated[str | None, READ_ONLY] = None


class Versioned(Document):
    """A document that is replaced only by those who know its present version."""

    version: Annotated[int, READ_ONLY] = 0


class Reference(Model):
    """Names another object, by id or by name."""

    id: str | None = None
    name: str | None = None


class Made(Model):
    """What a creation gives: the id of the new object."""

    id: str


class Told(Model):
    """What an operation gives that says in sentences what it has done."""

    messages: list[str]


@cache
def writable(model: type[Model], creation: bool) -> frozenset[str]:
    """The wire names of the fields that POST (``creation``) or PUT takes."""
    closed = {Written.NEVER} if creation else {Written.NEVER, Written.ON_CREATION}
    return frozenset(
        field.alias or name
        for name, field in model.model_fields.items()
        if closed.isdisjoint(m for m in field.metadata if isinstance(m, Written))
    )


# Paths come from clients: the caches of what is asked are bounded.
@lru_cache(maxsize=4096)
def is_date(model: type[Model], path: str) -> bool:
    """Whether the field at a dotted path is a date."""
    return any(_is_date(kind) for kind, _ in _at(model, path))


@lru_cache(maxsize=4096)
def is_single(model: type[Model], path: str) -> bool:
    """Whether the field can never be, or be within, a list or an object of any shape."""
    kinds = list(_at(model, path))
    return bool(kinds) and all(
        single and _bare(kind) in (str, int, float, bool) for kind, single in kinds
    )


def is_required(model: type[Model], path: str) -> bool:
    """Whether the field is in every object."""
    return any(
        field.is_required()
        for name, field in model.model_fields.items()
        if (field.alias or name) == path
    )


def _at(model: type[Model], path: str) -> Iterator[tuple[Any, bool]]:
    # The types that the path may lead to, and whether no list is on the way.
    found: list[tuple[Any, bool]] = [(model, True)]
    for step in path.split("."):
        found = [
            (kind, single and not listed)
            for outer, single in found
            for kind, listed in _step(outer, step)
        ]
    for kind, single in found:
        for choice in _choices(kind):
            yield choice, single


def _step(outer: Any, step: str) -> Iterator[tuple[Any, bool]]:
    for kind in _choices(outer):
        bare = _bare(kind)
        if isinstance(bare, type) and issubclass(bare, Model):
            for name, field in bare.model_fields.items():
                if (field.alias or name) == step:
                    yield _annotated(field), False
        elif get_origin(bare) is dict:
            yield get_args(bare)[1], False
        elif get_origin(bare) in (list, set):
            for inner, _ in _step(get_args(bare)[0], step):
                yield inner, True


def _annotated(field: Any) -> Any:
    # pydantic keeps the marks of Annotated apart from the type.
    marks = tuple(field.metadata)
    return Annotated[(field.annotation, *marks)] if marks else field.annotation


def _choices(kind: Any) -> Iterator[Any]:
    bare = _bare(kind)
    if get_origin(bare) in (Union, UnionType):
        for choice in get_args(bare):
            if choice is not type(None):
                yield from _choices(choice)
    else:
        yield kind


def _bare(kind: Any) -> Any:
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    return kind


def _is_date(kind: Any) -> bool:
    while get_origin(kind) is Annotated:
        kind, *marks = get_args(kind)
        if any(isinstance(m, BeforeValidator) and m.func is _date for m in marks):
            return True
    return False


#: What something of another shape should be, by pydantic's type of the fault.
_SHAPES = {
    "dict_type": "it must be an object",
    "list_type": "it must be a list",
    "model_attributes_type": "it must be an object",
    "model_type": "it must be an object",
}


def _sentences(error: ValidationError) -> Iterator[str]:
    for fault in error.errors(include_url=False):
        # Of a name in a map pydantic says that it is the key.
        place = ".".join(str(step) for step in fault["loc"] if step != "[key]")
        if fault["type"] == "missing":
            yield f"The field '{place}' is required"
            continue
        said = _SHAPES.get(fault["type"]) or fault["msg"].removeprefix("Value error, ")
        if fault.get("ctx", {}).get("pattern") == UNQUOTED:
            said = "quotes can't be used here"
        said = said[:1].lower() + said[1:]
        if not place:
            yield said
        elif "not a date" in said:
            yield f"The field '{place}': {said}"
        else:
            yield f"The field '{place}' can't be {_shown(fault['input'])}: {said}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
