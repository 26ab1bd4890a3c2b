"""JSON schemas as people read them: "list of Reference", "at most 256 characters"."""

from collections.abc import Iterator
from collective.mwsvm.resources.call import Json
from dataclasses import dataclass
import orjson


@dataclass(frozen=True)
class Piece:
    """A part of what describes a type; ``object`` if it is the name of one."""

    text: str
    object: str = ""


@dataclass(frozen=True)
class Field:
    """A member of an object."""

    name: str
    type: tuple[Piece, ...]
    required: bool
    #: What else is known: bounds, the default.
    note: str

    @property
    def type_text(self) -> str:
        return "".join(piece.text for piece in self.type)


def described_fields(schema: Json, defaults: bool = True) -> tuple[Field, ...]:
    """The members of an object, in the order of the alphabet.

    ``defaults``: what is not given gets them, which is not so for a change.
    """
    required = set(schema.get("required", ()))
    return tuple(
        Field(name, pieces(found), name in required, "; ".join(_notes(found, defaults)))
        for name, found in sorted(schema.get("properties", {}).items())
    )


def pieces(schema: Json) -> tuple[Piece, ...]:
    """The type that a schema describes."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return (Piece(name, name),)
    if "anyOf" in schema:
        return _joined([pieces(choice) for choice in schema["anyOf"]])
    if "enum" in schema:
        return (Piece(", ".join(map(_json, schema["enum"]))),)
    if "const" in schema:
        return (Piece(_json(schema["const"])),)
    if schema.get("type") == "array":
        return Piece("list of "), *pieces(schema.get("items", {}))
    if schema.get("type") == "object":
        inner = schema.get("additionalProperties")
        if isinstance(inner, dict):
            return Piece("object of "), *pieces(inner)
        return (Piece("object"),)
    return (Piece(str(schema.get("type", "JSON"))),)


def plain(text: str | None) -> str:
    """The first paragraph of a docstring, in one line and without its marks."""
    paragraph = (text or "").strip().split("\n\n")[0]
    return " ".join(paragraph.replace("``", "").split())


def _joined(choices: list[tuple[Piece, ...]]) -> tuple[Piece, ...]:
    found = [*choices[0]]
    for choice in choices[1:]:
        found += [Piece(" or "), *choice]
    return tuple(found)


_BOUNDS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "pattern": "matches {}",
}


def _notes(schema: Json, defaults: bool) -> Iterator[str]:
    if schema.get("description"):
        yield plain(schema["description"])
    for found in (schema, *schema.get("anyOf", ())):
        for name, sentence in _BOUNDS.items():
            if name in found:
                yield sentence.format(found[name])
        for example in found.get("examples", ()):
            yield f"such as {example}"
    if defaults and schema.get("default") not in (None, "", [], {}):
        yield f"{_json(schema['default'])} if not given"


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
