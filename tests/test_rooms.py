"""A room imports from lower floors only; the lowest know neither Zope nor Plone."""

from pathlib import Path
import ast
import pytest


PACKAGE = Path(__file__).parent.parent / "src" / "collective" / "mwsvm"

FLOORS = {
    "models": 0,
    "agent": 1,
    "database": 1,
    "plugins": 1,
    "access": 2,
    "cloud": 2,
    "events": 2,
    "inventory": 1.5,
    "plugin_control": 2.1,
    "reporting": 2,
    "workload": 2,
    "configuration": 2.5,
    "interfaces": 2.5,
    "event_log": 2.6,
    "site": 2.7,
    "sites": 2.7,
    "transactions": 2.6,
    "content": 3,
    "setuphandlers": 4,
    "upgrades": 4,
    "resources": 5,
    "monitor": 6,
    "rest": 6,
    "browser": 6,
    "worker": 6,
    "testing": 6,
    "instance": 7,
    "demo": 8,
    "cli": 9,
}

#: What the floors without Zope may take from its libraries.
LIBRARIES = {"zope.sqlalchemy"}

ZOPE = ("AccessControl", "Acquisition", "App", "OFS", "Products", "Testing")
ZOPE += ("ZPublisher", "Zope2", "five", "plone", "zope", "z3c")


def modules():
    return sorted(PACKAGE.rglob("*.py"))


def room(path):
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            for alias in node.names:
                yield f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_arrows_go_downwards(path):
    here = room(path)
    if here == "__init__":
        return
    for name in imports(path):
        if not name.startswith("collective.mwsvm."):
            continue
        there = name.split(".")[2]
        if there not in FLOORS or there == here:
            continue
        message = f"{path.name} ({here}) imports {name}"
        assert FLOORS[there] < FLOORS[here], message


@pytest.mark.parametrize(
    "path",
    [path for path in modules() if FLOORS.get(room(path), 9) < 2.5],
    ids=lambda p: str(p.relative_to(PACKAGE)),
)
def test_the_lower_floors_know_no_zope(path):
    for name in imports(path):
        if name.split(".")[0] in ZOPE:
            assert any(name.startswith(library) for library in LIBRARIES), name


def test_every_room_has_a_floor():
    assert {room(path) for path in modules()} - {"__init__"} == set(FLOORS)
