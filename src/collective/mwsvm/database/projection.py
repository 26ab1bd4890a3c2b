"""Parts of documents: the parameters ``fields`` and ``exclude-fields`` (guide 3.3)."""

from collective.mwsvm.models.errors import Invalid
from typing import Any


#: Fields of fields: ``a,b.c`` is ``{"a": {}, "b": {"c": {}}}``; an empty one is a whole.
Tree = dict[str, "Tree"]

LIMIT = 200


def parse(parameter: str, text: str) -> Tree:
    """The fields that a comma-separated list names. Raises `Invalid`."""
    names = [name.strip() for name in text.split(",")]
    names = [name for name in names if name]
    if len(names) > LIMIT:
        raise Invalid(f"{parameter}: {len(names)} fields are more than {LIMIT}")
    tree: Tree = {}
    whole: set[str] = set()
    for name in names:
        steps = name.split(".")
        if "" in steps or len(steps) > 20:
            raise Invalid(
                f"{parameter}: {name[:80]!r} is not a field; fields are names, with "
                "periods between those of sub-objects"
            )
        if any(".".join(steps[:end]) in whole for end in range(1, len(steps))):
            continue
        whole.add(name)
        branch = tree
        for step in steps[:-1]:
            branch = branch.setdefault(step, {})
        # A whole object says more than a part of it, in any order.
        branch[steps[-1]] = {}
    return tree


def included(value: Any, tree: Tree) -> Any:
    """Only the fields of the tree; of lists, those of each object in them."""
    if isinstance(value, list):
        return [included(item, tree) for item in value if isinstance(item, dict | list)]
    return {
        key: included(inner, tree[key])
        if tree[key] and isinstance(inner, dict | list)
        else inner
        for key, inner in value.items()
        if key in tree and (not tree[key] or isinstance(inner, dict | list))
    }


def excluded(value: Any, tree: Tree) -> Any:
    """All but the fields of the tree; of lists, from each object in them."""
    if isinstance(value, list):
        return [excluded(item, tree) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: excluded(inner, tree[key]) if key in tree else inner
        for key, inner in value.items()
        if key not in tree or tree[key]
    }
