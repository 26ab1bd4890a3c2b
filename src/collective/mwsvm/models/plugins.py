"""Plug-ins: the instances of plug-in types (guide 4.15)."""

from collective.mwsvm.models.document import Date
from collective.mwsvm.models.document import Document
from collective.mwsvm.models.document import ONCE
from collective.mwsvm.models.document import READ_ONLY
from collective.mwsvm.models.plugin_states import PluginState
from pydantic import BeforeValidator
from pydantic import Field
from pydantic import WithJsonSchema
from typing import Annotated
from typing import Any
import re


#: What stands for all plug-ins in paths, and what is Moab's own.
RESERVED = ("all", "moab")

ID = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,127}")

#: How often a plug-in is polled where nobody says otherwise, in seconds.
POLL_INTERVAL = 30


def _id(value: Any) -> Any:
    if isinstance(value, str):
        if value.lower() in RESERVED:
            raise ValueError(f"{' and '.join(RESERVED)} are reserved")
        if ID.fullmatch(value) is None:
            raise ValueError(
                "an id begins with a letter; letters, digits, periods, dashes and "
                "underscores follow, 128 characters at most"
            )
    return value


class Plugin(Document):
    """An instance of a plug-in type, with its configuration and its state."""

    id: Annotated[
        str,
        ONCE,
        BeforeValidator(_id),
        WithJsonSchema({"type": "string", "pattern": f"^{ID.pattern}$"}),
    ]
    plugin_type: Annotated[str, ONCE]
    #: Seconds.
    poll_interval: Annotated[int, Field(ge=1, le=86400 * 366)] = POLL_INTERVAL
    auto_start: bool = True
    config: dict[str, Any] = {}
    #: The lowest number is the most authoritative; the next free one unless it is given.
    precedence: Annotated[int | None, Field(ge=1, le=2**31 - 1)] = None
    state: PluginState = PluginState.STOPPED
    #: Why it is in its state, in a sentence.
    substate: Annotated[str | None, READ_ONLY] = None
    date_created: Annotated[Date | None, READ_ONLY] = None
    last_updated: Annotated[Date | None, READ_ONLY] = None
    last_poll_date: Annotated[Date | None, READ_ONLY] = None
    next_poll_date: Annotated[Date | None, READ_ONLY] = None
