"""The query and sort language of the MWS REST API, which is MongoDB's: reading it.

`matcher` says what each operator means and applies a query to documents;
`sqlite_query` and `postgresql_query` turn it into SQL. Whatever a `Query` holds is
checked: it is of bounded size, and its dates are in the form that documents have.
"""

from collections.abc import Callable
from collective.mwsvm.database import conditions
from collective.mwsvm.database import lenient
from collective.mwsvm.database import operands
from collective.mwsvm.database import operators
from collective.mwsvm.database.conditions import And
from collective.mwsvm.database.conditions import Condition
from collective.mwsvm.database.target import Target as Target
from collective.mwsvm.models.errors import Invalid
from dataclasses import dataclass
from typing import Any
import orjson


#: The longest text of a query or sort, in bytes, and its deepest nesting.
MAX_BYTES = 32 * 1024
MAX_DEPTH = 20
#: By how many fields documents can be sorted.
MAX_SORT_FIELDS = 8


@dataclass(frozen=True, slots=True)
class Query:
    """What documents must fulfil; never changes."""

    condition: Condition

    def paths(self) -> tuple[str, ...]:
        """The dotted paths of all fields it is about, each once, in order."""
        found = (".".join(path) for path, _ in conditions.fields_of(self.condition))
        return tuple(path for path in dict.fromkeys(found) if path)


#: Every document fulfils it.
EVERYTHING = Query(And(()))


def _no_dates(path: str) -> bool:
    return False


def parse_query(text: str, is_date: Callable[[str], bool] = _no_dates) -> Query:
    """The query that the URL parameter ``query`` holds.

    JSON, also with bare keys and single quotes (see `lenient`). ``is_date`` says of a
    dotted path whether the field is a date: texts it is compared with are dates in any
    zone then. Raises `Invalid`, which names ``query`` and what is wrong with it.
    """
    return from_document(parsed("query", text), is_date)


def from_document(
    document: Any, is_date: Callable[[str], bool] = _no_dates, name: str = "query"
) -> Query:
    """The same from JSON that is parsed already; ``name`` is what messages call it."""
    if not isinstance(document, dict):
        raise Invalid(f'{name}: must be an object, such as {{"name": "a"}}')
    try:
        lenient.check_depth(document, MAX_DEPTH)
        if len(orjson.dumps(document)) > MAX_BYTES:
            raise Invalid(f"{name}: is longer than {MAX_BYTES} bytes")
    except (ValueError, TypeError) as error:
        raise Invalid(f"{name}: {_reason(error)}") from error
    return Query(operators.Reader(name, is_date).document(document))


def both(first: Query, second: Query) -> Query:
    """The query that asks for both."""
    return Query(And((first.condition, second.condition)))


def parse_sort(text: str) -> tuple[tuple[str, int], ...]:
    """The paths that the URL parameter ``sort`` names, in order, with 1 or -1 for each.

    Raises `Invalid`, which names ``sort`` and what is wrong with it.
    """
    fields = parsed("sort", text)
    if not isinstance(fields, dict):
        raise Invalid('sort: must be an object, such as {"name": 1}')
    if len(fields) > MAX_SORT_FIELDS:
        raise Invalid(f"sort: has more than {MAX_SORT_FIELDS} fields")
    return tuple(
        (".".join(operands.path("sort", key)), _direction(key, value))
        for key, value in fields.items()
    )


def parsed(name: str, text: str) -> Any:
    """The JSON of the URL parameter ``query`` or ``sort``; ``name`` says which.

    Also with bare keys and single quotes (see `lenient`). Raises `Invalid`.
    """
    try:
        if len(text.encode()) > MAX_BYTES:
            raise Invalid(f"{name}: is longer than {MAX_BYTES} bytes")
        return lenient.parse(text, MAX_DEPTH)
    except ValueError as error:
        raise Invalid(f"{name}: is no JSON object: {_reason(error)}") from error


def _direction(key: str, value: Any) -> int:
    if isinstance(value, str):
        value = {"1": 1, "+1": 1, "-1": -1}.get(value.strip())
    if isinstance(value, bool) or value not in (1, -1):
        raise Invalid(
            f"sort: {operands.shown(key)} must be 1 (ascending) or -1 (descending)"
        )
    return int(value)


def _reason(error: Exception) -> str:
    # Python's own words for texts that are no Unicode are not for users.
    return "it is not Unicode" if isinstance(error, UnicodeError) else str(error)
