"""Events (guide 4.5)."""

from collective.mwsvm.models.document import Date
from collective.mwsvm.models.document import Document
from collective.mwsvm.models.document import LENGTH
from collective.mwsvm.models.document import Model
from collective.mwsvm.models.document import UNQUOTED
from pydantic import BeforeValidator
from pydantic import Field
from typing import Annotated
from typing import Any
import re


#: More details than these are ignored (guide 4.5.2, Restrictions).
DETAILS = 50

_DETAIL_NAME = re.compile(r"[A-Za-z0-9:_-]+")


def _details(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    for name in value:
        if not isinstance(name, str) or _DETAIL_NAME.fullmatch(name) is None:
            raise ValueError(
                f"the name {name!r} must have only letters, digits, colons, underscores "
                "and dashes"
            )
    return dict(list(value.items())[:DETAILS])


#: Text without quotes, so that a line of events.log is easy to take apart.
Word = Annotated[str, Field(max_length=LENGTH, pattern=UNQUOTED)]


class Initiator(Model):
    """Who began it: the account, and the user it acted for."""

    user: Word | None = None
    proxy_user: Word | None = None


class RelatedObject(Model):
    """An object by its kind (job, vm, service, ...) and id."""

    type: Word | None = None
    id: Word | None = None


class PrimaryObject(RelatedObject):
    """The object that it happened to; ``serialization`` is its text at that time."""

    serialization: str | None = None


class ErrorMessage(Model):
    """What went wrong, and who says so."""

    message: str | None = None
    error_code: Word | None = None
    originator: Word | None = None


class Event(Document):
    """Something that happened: what, when, to which object, by whom, how it went."""

    event_time: Date
    event_type: Word
    event_category: Word | None = None
    source_component: Word | None = None
    status: Word | None = None
    facility: Word | None = None
    severity: Word | None = None
    initiated_by: Initiator | None = None
    primary_object: PrimaryObject | None = None
    related_objects: list[RelatedObject] | None = None
    error_message: ErrorMessage | None = None
    details: Annotated[dict[str, str], BeforeValidator(_details)] = {}

    def wire(self) -> dict[str, Any]:
        """As in the guide's samples: what was not given is not there."""
        return {
            key: value for key, value in super().wire().items() if value is not None
        }
