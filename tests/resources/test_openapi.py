"""The description of the API, and what it must say."""

from collective.mwsvm.resources.openapi import describe
from collective.mwsvm.resources.registry import RESOURCES
from openapi_spec_validator import validate


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
