"""Lists of objects that are no documents of the database: filter, order, page."""

from collective.mwsvm.database import ordering
from collective.mwsvm.database import query as queries
from collective.mwsvm.database.matcher import matches
from collective.mwsvm.models.document import is_date
from collective.mwsvm.models.document import Model
from collective.mwsvm.resources.call import Call
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.call import Listed
from functools import partial


def listed(call: Call, objects: list[Json], model: type[Model]) -> Listed:
    """What query, sort, max and offset ask for, of objects. Raises `Invalid`."""
    parameters = call.parameters
    text = parameters.given.get("query", "")
    found = objects
    if text.strip():
        query = queries.parse_query(text, partial(is_date, model))
        found = [item for item in found if matches(item, query)]
    if call.only is not None:
        found = [item for item in found if matches(item, call.only)]
    # Stable, so the last field first.
    for path, direction in reversed(parameters.sort()):
        found = sorted(
            found,
            key=lambda item, p=path, d=direction: ordering.key(item, p, d),  # type: ignore[misc]
            reverse=direction < 0,
        )
    limit = call.settings.list_limit
    if parameters.max is not None:
        limit = min(limit, parameters.max)
    return Listed(len(found), found[parameters.offset :][:limit])
