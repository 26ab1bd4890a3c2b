"""``/rest/openapi.json``: the API described for programs, from the declarations."""

from collections.abc import Iterable
from collective.mwsvm.models.document import Model
from collective.mwsvm.models.document import writable
from collective.mwsvm.resources import moab
from collective.mwsvm.resources.call import Call
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.declare import Operation
from collective.mwsvm.resources.declare import operation
from collective.mwsvm.resources.declare import Parameter
from collective.mwsvm.resources.declare import Resources
from collective.mwsvm.resources.declare import VERSIONS
from http import HTTPStatus
from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema
from typing import Any


_REF = "#/components/schemas/"
_REF_TEMPLATE = f"{_REF}{{model}}"

_JSON = ("application/json",)

#: The parameters of every operation (guide 3.3).
GLOBAL = (
    Parameter(
        "api-version",
        "The version of the API; 1 if not given",
        (*map(str, VERSIONS), "latest"),
    ),
    Parameter("pretty", "Format the output for people", ("true", "false")),
    Parameter("fields", "Only these fields, with commas between; a.b is b of a"),
    Parameter("exclude-fields", "All but these fields, with commas between"),
    Parameter("proxy-user", "The user for whom the application calls"),
)
LISTS = (
    Parameter("query", "Which objects, as a MongoDB query in JSON"),
    Parameter("sort", "In which order: fields with 1 (ascending) or -1, in JSON"),
    Parameter("max", "The most objects to return"),
    Parameter("offset", "The index of the first object to return"),
)
WRITES = (
    Parameter("dry-run", "Check and answer, but change nothing", ("true", "false")),
)
UPDATES = (Parameter("change-mode", "What to do with lists", ("add", "remove", "set")),)

#: What bodies that are no JSON are.
_SHAPES: Json = {
    "text/plain": {"type": "string"},
    "application/x-www-form-urlencoded": {"type": "object"},
}

#: Of what the workload manager does; a refusal by somebody else has none of them.
_MOAB: Json = {
    name: {"description": description, "schema": {"type": "string"}}
    for name, description in (
        (moab.STATUS, "Success, Warning or Failure"),
        (moab.CODE, "Three digits that say what is wrong; 000 for nothing"),
        (moab.MESSAGE, "What the workload manager says"),
    )
}

_SENTENCES: Json = {
    "type": "object",
    "properties": {"messages": {"type": "array", "items": {"type": "string"}}},
    "required": ["messages"],
}


class OpenApi:
    """The description of the API itself."""

    name = "openapi.json"
    one = "description"
    many = "descriptions"

    def __init__(self, call: Call) -> None:
        self.call = call

    @operation("Show", public=True)
    def show(self) -> Json:
        """Get the description of this API"""
        return describe(self.call.api)


def describe(resources: Resources) -> Json:
    """The OpenAPI 3.1 document of all operations."""
    operations = resources.operations()
    paths: Json = {}
    for made in operations:
        path = paths.setdefault(f"/{made.path}", {})
        path[made.method.lower()] = _operation(made)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Moab Web Services",
            "version": f"{VERSIONS[-1]}",
            "description": "The REST API of MWS 7.2, served by collective.mwsvm.",
        },
        # Relative to where this document is.
        "servers": [{"url": "."}],
        "security": [{"basic": []}],
        "tags": [
            {"name": name, "description": _first_line(factory)}
            for name, factory in sorted(factories(operations).items())
        ],
        "paths": paths,
        "components": {
            "securitySchemes": {"basic": {"type": "http", "scheme": "basic"}},
            "schemas": {"Messages": _SENTENCES, **_schemas(operations)},
        },
    }


def factories(operations: Iterable[Operation]) -> dict[str, type]:
    """The classes of resources by their names; of several, the first declared."""
    found: dict[str, type] = {}
    for made in operations:
        found.setdefault(made.factory.name, made.factory)
    return found


def parameters(made: Operation) -> list[Parameter]:
    """All URL parameters of an operation."""
    found = [*GLOBAL, *made.parameters]
    if made.kind == "List":
        found.extend(LISTS)
    if made.method != "GET" and not made.alone:
        found.extend(WRITES)
    if made.kind == "Update" and getattr(made.factory, "lists", None):
        found.extend(UPDATES)
    return found


def _operation(made: Operation) -> Json:
    ids = [step[1:-1] for step in made.path.split("/") if step[0] == "{"]
    described: Json = {
        "tags": [made.factory.name],
        "operationId": f"{made.factory.__name__}.{made.handler}",
        "summary": made.summary,
        "parameters": [
            *({**_in("path", id), "required": True} for id in ids),
            *(_query(parameter) for parameter in parameters(made)),
        ],
        "responses": _responses(made),
    }
    if made.method == "POST" and not made.alone:
        described["parameters"].append(_in("header", "Idempotency-Key"))
    if made.takes is not None:
        described["requestBody"] = {"required": True, "content": _content(made)}
    elif made.consumes != _JSON and made.method != "GET":
        found = {media: {"schema": _SHAPES.get(media, {})} for media in made.consumes}
        described["requestBody"] = {"content": found}
    if made.public:
        described["security"] = []
    return described


def _in(place: str, name: str) -> Json:
    return {"name": name, "in": place, "schema": {"type": "string"}}


def _query(parameter: Parameter) -> Json:
    described = _in("query", parameter.name)
    described["description"] = parameter.description
    if parameter.values:
        described["schema"]["enum"] = list(parameter.values)
    return described


def _content(made: Operation) -> Json:
    assert made.takes is not None
    schema: Json = {"$ref": f"{_REF}{_taken_name(made)}"}
    if made.many:
        schema = {"anyOf": [schema, {"type": "array", "items": schema}]}
    found: Json = {"application/json": {"schema": schema}}
    for media in made.consumes:
        found.setdefault(media, {"schema": {"type": "string"}})
    return found


def _responses(made: Operation) -> Json:
    schema: Json = {}
    if made.gives is not None:
        schema = {"$ref": f"{_REF}{made.gives.__name__}"}
    if made.kind == "List":
        counts = {name: {"type": "integer"} for name in ("totalCount", "resultCount")}
        schema = {
            "type": "object",
            "properties": {**counts, "results": {"type": "array", "items": {}}},
            "required": [*counts, "results"],
        }
    if made.answer is not None:
        schema = TypeAdapter(made.answer).json_schema(ref_template=_REF_TEMPLATE)
        schema.pop("$defs", None)
    if made.produces != _JSON:
        schema = {"type": "string"}
    good = HTTPStatus(made.status)
    found: Json = {str(made.status): _response(good, schema, made.produces)}
    if made.begins is not None:
        begun = {"$ref": f"{_REF}{made.begins.__name__}"}
        found["202"] = _response(HTTPStatus.ACCEPTED, begun)
    refusals = [HTTPStatus.BAD_REQUEST, HTTPStatus.SERVICE_UNAVAILABLE]
    if not made.public:
        refusals += [HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN]
        refusals += [HTTPStatus.TOO_MANY_REQUESTS]
    if "{" in made.path or made.versions != VERSIONS:
        refusals.append(HTTPStatus.NOT_FOUND)
    if made.takes is not None:
        refusals.append(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    if made.managed and made.method != "GET":
        # Not every workload manager can do everything.
        refusals.append(HTTPStatus.METHOD_NOT_ALLOWED)
    for status in sorted(refusals):
        found[str(int(status))] = _response(status, {"$ref": f"{_REF}Messages"})
    if made.managed:
        for answer in found.values():
            answer["headers"] = _MOAB
    return found


def _response(
    status: HTTPStatus, schema: Json, produces: Iterable[str] = _JSON
) -> Json:
    return {
        "description": status.phrase,
        "content": {media: {"schema": schema} for media in produces},
    }


def _schemas(operations: Iterable[Operation]) -> Json:
    given = {made.gives for made in operations if made.gives is not None}
    given |= {made.begins for made in operations if made.begins is not None}
    taken = {made.takes for made in operations if made.takes is not None}
    models = sorted(given | taken, key=lambda model: model.__name__)
    _, found = models_json_schema(
        [(model, "validation") for model in models], ref_template=_REF_TEMPLATE
    )
    schemas: Json = dict(found.get("$defs", {}))
    for answer in [made.answer for made in operations if made.answer is not None]:
        # In a list, so that a single object is named, too.
        described = TypeAdapter(list[answer]).json_schema(ref_template=_REF_TEMPLATE)  # type: ignore[valid-type]
        schemas |= described.get("$defs", {})
    for made in operations:
        if made.takes is not None:
            name = made.takes.__name__
            schemas[_taken_name(made)] = _taken(schemas[name], made.takes, made.kind)
    return schemas


def _taken_name(made: Operation) -> str:
    assert made.takes is not None
    return f"{made.takes.__name__}{'Update' if made.kind == 'Update' else 'Creation'}"


def _taken(schema: Json, model: type[Model], kind: str) -> Json:
    # The same object, with the fields that a client may write.
    creation = kind != "Update"
    names = writable(model, creation)
    properties: dict[str, Any] = schema.get("properties", {})
    found = {
        **schema,
        "properties": {name: properties[name] for name in properties if name in names},
    }
    found.pop("required", None)
    if creation and "required" in schema:
        found["required"] = [name for name in schema["required"] if name in names]
    return found


def _first_line(factory: type) -> str:
    return (factory.__doc__ or "").strip().split("\n")[0]
