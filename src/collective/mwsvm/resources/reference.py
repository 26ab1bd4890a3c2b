"""The API described for people, from the declarations: resources, operations, objects.

The page of the API (``mws/docs``) and the generated reference show what is found here.
"""

from collective.mwsvm.resources import openapi
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.declare import Operation
from collective.mwsvm.resources.declare import Parameter
from collective.mwsvm.resources.declare import Place
from collective.mwsvm.resources.declare import Resources
from collective.mwsvm.resources.schemas import described_fields
from collective.mwsvm.resources.schemas import Field
from collective.mwsvm.resources.schemas import Piece
from collective.mwsvm.resources.schemas import pieces
from collective.mwsvm.resources.schemas import plain
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
import inspect
import re


#: The parameters that many operations have: what for, and which.
SHARED: tuple[tuple[str, tuple[Parameter, ...]], ...] = (
    ("All operations", openapi.GLOBAL),
    ("Lists", openapi.LISTS),
    ("POST, PUT and DELETE", openapi.WRITES),
    ("PUT, where an object has lists", openapi.UPDATES),
)

_SHARED_NAMES = frozenset(made.name for _, group in SHARED for made in group)

_SECTION = re.compile(r"\bguide (\d+(?:\.\d+)*)")

#: What the OpenAPI document leaves to its reader.
_DESCRIPTIONS = {
    "Idempotency-Key": "Any text: what is sent again with the same one is done once",
}


@dataclass(frozen=True)
class Ask:
    """Something that a client may send beside the body."""

    name: str
    #: path, query or header.
    place: str
    description: str
    values: tuple[str, ...]
    required: bool


@dataclass(frozen=True)
class Answered:
    """A status that an operation answers with, and the body."""

    status: int
    phrase: str
    body: tuple[Piece, ...]


@dataclass(frozen=True)
class Described:
    """An operation, with all that a client must know."""

    made: Operation
    parameters: tuple[Ask, ...]
    #: Names of the parameters that it shares with others.
    shared: tuple[str, ...]
    takes: tuple[Piece, ...]
    fields: tuple[Field, ...]
    answers: tuple[Answered, ...]

    @property
    def anchor(self) -> str:
        """Where the page tells of it."""
        return anchor(self.made)

    @property
    def hook_file(self) -> str:
        """The name of the file with its hooks."""
        return hook_file(self.made.resource)

    @property
    def permission(self) -> str:
        """What grids and permissions know it by; '' where everybody may."""
        return permission(self.made)


@dataclass(frozen=True)
class Group:
    """A resource, with all operations below its name."""

    name: str
    description: str
    #: Of the guide; '' for what is not in it.
    section: str
    operations: tuple[Described, ...]

    @property
    def anchor(self) -> str:
        """Where the page tells of it."""
        return f"resource-{slug(self.name)}"


@dataclass(frozen=True)
class Object:
    """A kind of object that bodies are made of."""

    name: str
    description: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Reference:
    """The whole API."""

    places: tuple[Place, ...]
    groups: tuple[Group, ...]
    objects: tuple[Object, ...]


def reference(resources: Resources) -> Reference:
    """All resources, in the order of their paths."""
    document = openapi.describe(resources)
    schemas = document["components"]["schemas"]
    grouped: dict[str, list[Operation]] = {}
    for made in resources.operations():
        grouped.setdefault(made.factory.name, []).append(made)
    written = {name for name in schemas if re.search(r"(Creation|Update)$", name)}
    answered = {
        model.__name__
        for made in resources.operations()
        for model in (made.gives, made.begins)
        if model is not None
    }
    return Reference(
        tuple(sorted(resources.places, key=lambda place: place.path)),
        tuple(_group(name, found, document) for name, found in grouped.items()),
        tuple(
            # What is answered is whole: nothing in it is left to a default.
            _object(name, schemas[name], defaults=name not in answered)
            for name in sorted(set(schemas) - written)
        ),
    )


def slug(text: str) -> str:
    """The text in an address: ``reports/{key}/samples`` is ``reports-key-samples``."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def anchor(made: Operation) -> str:
    """Where the page tells of the operation."""
    return slug(f"{made.method} {made.path}")


def hook_file(resource: str) -> str:
    """The name of the file with the hooks of a resource."""
    return f"{resource.replace('/', '.')}.py"


def permission(made: Operation) -> str:
    """What grids and permissions know it by; '' where everybody may."""
    if made.service:
        return "the web service"
    return "" if made.public else made.resource


def section(made: Operation) -> str:
    """The section of the guide that a docstring names: the nearest one; or ''."""
    handler = getattr(made.factory, made.handler)
    for thing in (handler, made.factory, inspect.getmodule(made.factory)):
        found = _SECTION.search(thing.__doc__ or "")
        if found is not None:
            return found[1]
    return ""


def _group(name: str, operations: list[Operation], document: Json) -> Group:
    return Group(
        name,
        plain(operations[0].factory.__doc__),
        next(filter(None, map(section, operations)), ""),
        tuple(_described(made, document) for made in operations),
    )


def _described(made: Operation, document: Json) -> Described:
    found = document["paths"][f"/{made.path}"][made.method.lower()]
    asked = tuple(map(_ask, found["parameters"]))
    return Described(
        made,
        tuple(ask for ask in asked if ask.name not in _SHARED_NAMES),
        tuple(ask.name for ask in asked if ask.name in _SHARED_NAMES),
        _taken(made),
        _fields(made, found, document),
        tuple(
            _answered(int(status), made, answer)
            for status, answer in found["responses"].items()
        ),
    )


def _ask(found: Json) -> Ask:
    name = found["name"]
    return Ask(
        name,
        found["in"],
        found.get("description") or _DESCRIPTIONS.get(name, ""),
        tuple(found["schema"].get("enum", ())),
        found.get("required", False),
    )


def _taken(made: Operation) -> tuple[Piece, ...]:
    if made.takes is None:
        return ()
    name = made.takes.__name__
    one = Piece(name, name)
    return (one, Piece(" or a list of "), one) if made.many else (one,)


def _fields(made: Operation, found: Json, document: Json) -> tuple[Field, ...]:
    if made.takes is None:
        return ()
    schema: Any = found["requestBody"]["content"]["application/json"]["schema"]
    # Where a list may be sent, it is one of objects of the same kind.
    reference = schema.get("$ref") or schema["anyOf"][0]["$ref"]
    name = reference.rpartition("/")[2]
    schema = document["components"]["schemas"][name]
    return described_fields(schema, defaults=made.kind != "Update")


def _answered(status: int, made: Operation, answer: Json) -> Answered:
    return Answered(status, HTTPStatus(status).phrase, _body(status, made, answer))


def _body(status: int, made: Operation, answer: Json) -> tuple[Piece, ...]:
    (media, content), *_ = answer["content"].items()
    if media != "application/json":
        return (Piece(media),)
    if status < 400 and made.kind == "List" and made.gives is not None:
        # What a list holds is not in the document: fields may be left out of it.
        name = made.gives.__name__
        return Piece("list of "), Piece(name, name)
    return pieces(content["schema"])


def _object(name: str, schema: Json, defaults: bool) -> Object:
    description = plain(schema.get("description"))
    return Object(name, description, described_fields(schema, defaults))
