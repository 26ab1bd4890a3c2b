"""The configuration of MWS as plug-ins see it (guide 6.2.5)."""

from collections.abc import Mapping
from typing import Any
from typing import NoReturn


class ConfigObject(dict[str, Any]):
    """Nested settings, read as ``appConfig.mws.home.location``. They can't be changed.

    As an attribute an absent setting is an empty ConfigObject, which is false, so that a
    path can be followed without a look at each step; ``["key"]`` raises KeyError and
    ``get("key")`` gives None. A setting whose name is a method of dictionaries is only
    read as ``["items"]``.
    """

    __slots__ = ()

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        nested = (settings or {}).items()
        super().__init__(
            (key, ConfigObject(value) if isinstance(value, Mapping) else value)
            for key, value in nested
        )

    def containsKey(self, key: str) -> bool:
        """Whether there is such a setting, whatever its value is."""
        return key in self

    contains_key = containsKey

    def __getattr__(self, name: str) -> Any:
        # Python asks objects for its own names: an answer would be taken for a method.
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name] if name in self else ConfigObject()

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(
            f"The setting {name!r} can't be changed: the configuration of MWS is read only"
        )
