"""``/rest/events`` (guide 4.5)."""

from collective.mwsvm.database import collections
from collective.mwsvm.database.collection import is_id
from collective.mwsvm.database.matcher import matches
from collective.mwsvm.database.query import from_document
from collective.mwsvm.events import xml
from collective.mwsvm.models.document import Made
from collective.mwsvm.models.errors import Forbidden
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.events import Event
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.call import Listed
from collective.mwsvm.resources.call import Reply
from collective.mwsvm.resources.declare import operation
from collective.mwsvm.resources.declare import Parameter
from collective.mwsvm.resources.documents import DocumentResource


#: So many events can come with one request.
MANY = 10_000

#: So many seconds an answer may wait for the next event.
LONGEST = 30

AFTER = Parameter(
    "after",
    "Only events that came after the one with this id, in the order in which they came",
)
WAIT = Parameter(
    "wait", f"Wait for up to so many seconds, {LONGEST} at most, until there is one"
)


class Events(DocumentResource):
    """What happened, told by the manager, by applications and by this server."""

    name = "events"
    one = "event"
    many = "events"
    model = Event
    documents = collections.events
    kinds = ("List", "Show", "Save")

    @operation("List", parameters=(AFTER, WAIT), waits=LONGEST)
    def find(self) -> Listed:
        """Get all events"""
        after = self.call.parameters.given.get("after")
        if after is None:
            return self.page(self.collection)
        if not is_id(after):
            raise Invalid(f"after: {after[:60]!r} is not the id of an event")
        return self.page(self.collection, from_document({"id": {"$gt": after}}))

    @operation(
        "Save",
        answer=Made | list[Made],
        many=True,
        consumes=("application/json", "application/xml"),
    )
    def save(self) -> Reply:
        """Create events"""
        given = self._given()
        if not given:
            raise Invalid("The request has no events")
        if len(given) > MANY:
            raise Invalid(f"{len(given)} events at once are more than {MANY}")
        events = [
            self._event(item, place, len(given)) for place, item in enumerate(given)
        ]
        ids = self.call.events(events)
        if isinstance(self.call.body, dict):
            return Reply({"id": ids[0]}, status=201, location=f"events/{ids[0]}")
        return Reply([{"id": id} for id in ids], status=201, location="events")

    def _given(self) -> list[Json]:
        if isinstance(self.call.body, bytes):
            return xml.parse(self.call.body)
        return self.call.objects()

    def _event(self, given: Json, place: int, count: int) -> Json:
        try:
            event = Event.check(self._allowed(given, creation=True)).wire()
        except Invalid as error:
            if count == 1:
                raise
            raise Invalid(
                *(f"Event {place}: {sentence}" for sentence in error.messages),
                "No event was created",
            ) from None
        event.pop("id", None)
        if self.call.only is not None and not matches(event, self.call.only):
            raise Forbidden("You are not authorized to access this area")
        return event
