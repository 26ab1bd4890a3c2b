"""What a plug-in under test keeps (guide 6.2.7), as the site's own datastore does it."""

from collections.abc import Iterator
from collective.mwsvm.plugins.exceptions import PluginException
from typing import Any
import copy


Json = dict[str, Any]


class MemoryDatastore:
    """The collections of one plug-in, with the calls of `IPluginDatastoreService`.

    Arguments of wrong types raise PluginException.
    """

    def __init__(self) -> None:
        #: The entries by the name of their collection.
        self.collections: dict[str, list[Json]] = {}

    def exists(self, collection: str) -> bool:
        """Whether the collection has entries."""
        return bool(self._entries(collection))

    def getCollection(self, collection: str) -> list[Json] | None:
        """All entries, in the order in which they were added; None if there are none."""
        return copy.deepcopy(self._entries(collection)) or None

    def getData(self, collection: str, key: str, value: Any) -> Json | None:
        """The first entry whose ``key`` has the value."""
        return next(iter(copy.deepcopy(self._found(collection, key, value))), None)

    def addData(self, collection: str, data: Json | list[Json]) -> bool:
        """Add an entry, or several of them."""
        entries = data if isinstance(data, list) else [data]
        for entry in entries:
            _check_entry(entry)
        if entries:
            kept = self.collections.setdefault(_name(collection), [])
            kept.extend(copy.deepcopy(entries))
        return bool(entries)

    def updateData(self, collection: str, key: str, value: Any, data: Json) -> bool:
        """Put an entry in the place of the first one whose ``key`` has the value."""
        _check_entry(data)
        found = self._found(collection, key, value)
        if found:
            found[0].clear()
            found[0].update(copy.deepcopy(data))
        return bool(found)

    def removeData(self, collection: str, key: str, value: Any) -> bool:
        """Remove the entries whose ``key`` has the value; whether there were any."""
        found = self._found(collection, key, value)
        gone = {id(entry) for entry in found}
        left = [entry for entry in self._entries(collection) if id(entry) not in gone]
        self.collections[collection] = left
        return bool(found)

    def clearCollection(self, collection: str) -> list[Json] | None:
        """Remove all entries; what they were."""
        return self.collections.pop(_name(collection), None) or None

    def _entries(self, collection: str) -> list[Json]:
        return self.collections.get(_name(collection), [])

    def _found(self, collection: str, key: str, value: Any) -> list[Json]:
        path = _name(key).split(".")
        return [
            entry
            for entry in self._entries(collection)
            if _matches(list(_values(entry, path)), value)
        ]


def _values(value: Any, path: list[str]) -> Iterator[Any]:
    """What lies at a path, None where nothing does; lists on the way are gone through."""
    if not path:
        yield value
        if isinstance(value, list):
            yield from value
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, dict):
                yield from _values(item, path)
    elif isinstance(value, dict) and path[0] in value:
        yield from _values(value[path[0]], path[1:])
    else:
        yield None


def _matches(found: list[Any], wanted: Any) -> bool:
    return any(
        value == wanted and isinstance(value, bool) == isinstance(wanted, bool)
        for value in found
    )


def _name(name: Any) -> str:
    if not isinstance(name, str) or not name:
        raise PluginException(f"The name of a collection or key can't be {name!r:.80}")
    return name


def _check_entry(entry: Any) -> None:
    if not isinstance(entry, dict):
        raise PluginException(
            f"An entry of a collection must be a map, not {entry!r:.80}"
        )
