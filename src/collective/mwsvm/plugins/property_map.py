"""Maps whose entries are attributes, too."""

from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any
from typing import TypeVar


_Value = TypeVar("_Value")


class PropertyMap(dict[str, _Value]):
    """A dictionary that is read and changed by ``map["key"]`` and by ``map.key``.

    As an attribute an absent key is None. A key that is the name of a method of
    dictionaries, such as ``items``, is only read as ``map["items"]``. Maps within are
    property maps, too.
    """

    __slots__ = ()

    def __init__(
        self, entries: Mapping[str, Any] | Iterable[tuple[str, Any]] = ()
    ) -> None:
        super().__init__(entries)
        for key, value in self.items():
            if type(value) is dict or type(value) is list:
                self[key] = _open(value)

    def containsKey(self, key: str) -> bool:
        """Whether there is such a key, whatever its value is."""
        return key in self

    contains_key = containsKey

    def __getattr__(self, name: str) -> Any:
        # Python asks objects for its own names: an answer would be taken for a method.
        if name.startswith("__"):
            raise AttributeError(name)
        return self.get(name)

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = _open(value)

    def __delattr__(self, name: str) -> None:
        try:
            del self[name]
        except KeyError as error:
            raise AttributeError(f"There is no entry {name!r}") from error


def _open(value: Any) -> Any:
    if type(value) is dict:
        return PropertyMap(value)
    if type(value) is list:
        return [_open(item) for item in value]
    return value
