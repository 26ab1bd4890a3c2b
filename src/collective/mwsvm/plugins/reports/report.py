"""A report: what is known of one object at one moment."""

from collections.abc import Mapping
from collective.mwsvm.plugins.reports import base
from collective.mwsvm.plugins.reports import values
from collective.mwsvm.plugins.reports.fields import Field
from datetime import datetime
from datetime import UTC
from typing import Any
from typing import Self


_set = object.__setattr__


def _put_name(report: Any, name: object) -> None:
    report._json["name"] = _checked(name)


def _put_timestamp(report: Any, value: object) -> None:
    seconds = values.moment("timestamp", value)
    report._json["timestamp"] = int(base.now()) if seconds is None else seconds


def _put_plugin(report: Any, plugin: object) -> None:
    report._plugin = values.text("pluginId", plugin)


def _put_precedence(report: Any, precedence: object) -> None:
    report._precedence = values.whole("precedence", precedence)


def _checked(name: object) -> str:
    if not isinstance(name, str):
        raise values.wrong("name", name, "a text")
    if not name.strip():
        raise ValueError("name is blank; allowed is the id of the object reported")
    return name.lower()


class Report(base.Fields):
    """What all reports have. They are made with the id of the object.

    ``pluginId`` and ``precedence`` are MWS's: they are not sent with the report.
    """

    __slots__ = "_plugin", "_precedence"

    #: The id of the object; always in lower case.
    name: Field[str] = Field(lambda report: report._json["name"], _put_name)
    #: When this was so: when the report was made, if it is given no other moment.
    timestamp: Field[datetime] = Field(
        lambda report: datetime.fromtimestamp(report._json["timestamp"], UTC),
        _put_timestamp,
    )
    pluginId: Field[str | None] = Field(
        lambda report: getattr(report, "_plugin", None), _put_plugin
    )
    precedence: Field[int | None] = Field(
        lambda report: getattr(report, "_precedence", None), _put_precedence
    )

    def __init__(self, name: str) -> None:
        """A report on the object ``name``. Raises TypeError or ValueError for no name."""
        _set(self, "_json", {"name": _checked(name), "timestamp": int(base.now())})
        _set(self, "_opened", None)

    @classmethod
    def of(cls, json: dict[str, Any]) -> Self:
        """A report over JSON that is known to be right; it becomes the report's own.

        It must have a name in lower case. Without a timestamp it gets that of now.
        """
        if "timestamp" not in json:
            json["timestamp"] = int(base.now())
        return super().of(json)

    @classmethod
    def from_json(cls, json: Mapping[str, Any]) -> Self:
        made = cls(json.get("name"))  # type: ignore[arg-type]
        made._take(json)
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        told = {"pluginId": self.pluginId, "precedence": self.precedence}
        return type(self).from_json, ({**self.to_json(), **told},)
