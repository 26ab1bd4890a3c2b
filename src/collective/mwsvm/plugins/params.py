"""The parameters of a web service's call (guide 6.2.8)."""

from collective.mwsvm.models import dates
from collective.mwsvm.plugins.property_map import PropertyMap
from typing import Any
import builtins
import datetime
import math
import re


_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})
# Python's int() and float() take more than is a number to others: 1_000, nan, blanks.
_INTEGER = re.compile(r"[+-]?[0-9]{1,400}")
_DECIMAL = re.compile(r"[+-]?([0-9]{1,400}(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,9})?")
# 007 is a name: as a number it would lose its zeros.
_PLAIN = re.compile(r"-?(0|[1-9][0-9]{0,399})(\.[0-9]+)?")


class Params(PropertyMap[Any]):
    """The parameters by name, as texts; one that is given several times is a list.

    Read as ``params["key"]`` or ``params.key``; absent ones are None as an attribute. The
    JSON of the request's body is ``params.body``. The request's method is
    ``params[PluginConstants.WEB_SERVICES_METHOD]``. The methods read a parameter as a value
    of a simple type: None if it is absent or no such value.
    """

    __slots__ = ()

    def bool(self, key: str) -> builtins.bool | None:
        """True for true, yes, on and 1, False for false, no, off and 0, in any case."""
        value = self.get(key)
        text = value.strip().lower() if isinstance(value, str) else None
        if value is True or text in _TRUE:
            return True
        return False if value is False or text in _FALSE else None

    def int(self, key: str) -> builtins.int | None:
        """A whole number."""
        value = self.get(key)
        if isinstance(value, str):
            text = value.strip()
            return int(text) if _INTEGER.fullmatch(text) else None
        if isinstance(value, builtins.bool):
            return None
        if isinstance(value, float) and value.is_integer():
            return int(value)
        return value if isinstance(value, int) else None

    def float(self, key: str) -> builtins.float | None:
        """A number that is finite."""
        value = self.get(key)
        if isinstance(value, str):
            text = value.strip()
            value = float(text) if _DECIMAL.fullmatch(text) else None
        if isinstance(value, builtins.bool) or not isinstance(value, int | float):
            return None
        try:
            number = float(value)
        except OverflowError:
            return None
        return number if math.isfinite(number) else None

    long = int
    double = float

    def date(self, key: str) -> datetime.datetime | None:
        """A date as MWS writes it or in ISO 8601; it must name its zone."""
        value = self.get(key)
        if isinstance(value, datetime.datetime):
            return value
        try:
            return dates.parse(value) if isinstance(value, str) else None
        except ValueError:
            return None

    def list(self, key: str) -> builtins.list[Any]:
        """All values of a parameter, none if it is absent; numbers for their texts."""
        value = self.get(key)
        if value is None:
            return []
        values = value if isinstance(value, list | tuple) else [value]
        return [_number(item) for item in values]


def _number(value: Any) -> Any:
    if not isinstance(value, str) or _PLAIN.fullmatch(value) is None:
        return value
    return float(value) if "." in value else int(value)
