"""The description of the API, and what it must say."""

from collective.mwsvm.resources.openapi import describe
from collective.mwsvm.resources.registry import RESOURCES
from openapi_spec_validator import validate
from pydantic import TypeAdapter


def test_the_document_is_valid():
    validate(describe(RESOURCES))


def test_every_operation_is_described():
    paths = describe(RESOURCES)["paths"]
    for made in RESOURCES.operations():
        found = paths[f"/{made.path}"][made.method.lower()]
        assert found["summary"], made
        assert "{" not in found["summary"], made
    assert len({o["operationId"] for p in paths.values() for o in p.values()}) == len(
        RESOURCES.operations()
    )


def test_bodies_have_what_a_client_may_write():
    schemas = describe(RESOURCES)["components"]["schemas"]
    assert "id" in schemas["Image"]["properties"]
    assert {"id", "version"}.isdisjoint(schemas["ImageCreation"]["properties"])
    assert sorted(schemas["ImageCreation"]["required"]) == [
        "hypervisor",
        "name",
        "osType",
    ]
    assert "required" not in schemas["ImageUpdate"]


def test_what_goes_on_after_the_answer_is_described():
    paths = describe(RESOURCES)["paths"]["/vms/{key}"]
    answers = {
        method: {
            status: found["content"]["application/json"]["schema"]["$ref"]
            for status, found in paths[method]["responses"].items()
            if status < "300"
        }
        for method in ("put", "delete")
    }
    begun = "#/components/schemas/Begun"
    assert answers == {
        "put": {"200": "#/components/schemas/Told", "202": begun},
        "delete": {"202": begun},
    }


def test_the_managers_headers_are_described():
    paths = describe(RESOURCES)["paths"]
    answers = paths["/jobs/{key}"]["put"]["responses"]
    assert set(answers["200"]["headers"]) == set(answers["400"]["headers"])
    assert "X-Moab-Status" in answers["404"]["headers"]
    assert "405" in answers
    assert not any(
        "headers" in a for a in paths["/images"]["get"]["responses"].values()
    )


def test_no_two_objects_have_the_same_name():
    seen = {}
    for made in RESOURCES.operations():
        for thing in (made.takes, made.gives, made.begins, made.answer):
            if thing is not None:
                described = TypeAdapter(list[thing]).json_schema()
                for name, schema in described.get("$defs", {}).items():
                    assert seen.setdefault(name, schema) == schema, name
                    assert "__" not in name
