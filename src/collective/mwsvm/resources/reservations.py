"""``/rest/reservations`` (guide 4.21)."""

from collective.mwsvm.database import collections
from collective.mwsvm.models.document import Made
from collective.mwsvm.models.document import Told
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.reservations import Reservation
from collective.mwsvm.models.reservations import ReservationChange
from collective.mwsvm.models.reservations import STATE_FLAGS
from collective.mwsvm.resources.call import Call
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.call import Reply
from collective.mwsvm.resources.declare import operation
from collective.mwsvm.resources.moab import reply
from collective.mwsvm.resources.workload_documents import tell
from collective.mwsvm.resources.workload_documents import WorkloadDocuments
from collective.mwsvm.workload import node_lists
from collective.mwsvm.workload import reservation_times
from collective.mwsvm.workload.reservations import Reservations as Store


class Reservations(WorkloadDocuments):
    """Resources that are kept for some jobs for some time."""

    name = "reservations"
    one = "reservation"
    many = "reservations"
    model = Reservation
    documents = collections.reservations
    lists = ("variables",)

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self.store = Store(call.connection, call.clock)

    @operation("Save", gives=Made)
    def save(self) -> Reply:
        """Create a reservation"""
        made = self.store.make(
            self.checked(self.call.object(), creation=True), self.call.caller.proxy_user
        )
        self.call.changed("rsvcreate", "rsv", made["id"])
        return reply(
            {"id": made["id"]}, status=201, location=f"{self.name}/{made['id']}"
        )

    @operation("Update", "{key}", takes=ReservationChange, gives=Told)
    def update(self, key: str) -> Reply:
        """Modify the variables of a reservation"""
        node_lists.lock(self.call.connection)
        old = self.get(key, lock=True)
        given = self.call.object()
        if "variables" not in given:
            raise Invalid(
                "The field 'variables' is required: nothing else of a reservation can be "
                "changed"
            )
        self._refuse_others(given, old)
        variables = ReservationChange.check(given).variables
        new = {**old, "variables": self._varied(old["variables"], variables)}
        self.refuse_hidden(new)
        self.store.replace(new)
        self.call.changed("rsvmodify", "rsv", key)
        return reply(
            {"messages": [f"reservation '{key}' attribute 'Variable' changed."]}
        )

    @operation("Delete", "{key}", answer=Json)
    def delete(self, key: str) -> Reply:
        """Release a reservation"""
        node_lists.lock(self.call.connection)
        self.get(key, lock=True)
        happened = self.store.release(key)
        self.call.changed("rsvcancel", "rsv", key)
        tell(self.call, happened)
        return reply({})

    def prepared(self, document: Json, old: Json | None) -> Json:
        """Some flags the server sets itself."""
        document["flags"] = [f for f in document["flags"] if f not in STATE_FLAGS]
        return document

    def shown(self, documents: list[Json]) -> list[Json]:
        """With what the present moment makes of them."""
        now = self.call.clock()
        return [reservation_times.shown(document, now) for document in documents]

    def _refuse_others(self, given: Json, old: Json) -> None:
        present = self.output(old)
        # What it is at the moment may differ from when the client got it.
        allowed = {"variables", "flags"}
        flags = given.get("flags")
        if isinstance(flags, list):
            own = set(present["flags"]).union(STATE_FLAGS)
            if not own.issuperset(map(str, flags)):
                allowed.remove("flags")
        self.refuse_other(
            given, present, allowed, "Only 'variables' of a reservation can be changed"
        )

    def _varied(
        self, old: dict[str, str], given: dict[str, str | None]
    ) -> dict[str, str]:
        mode = self.call.parameters.change_mode
        if mode == "remove":
            missing = [name for name in given if name not in old]
            if missing:
                raise Invalid(
                    "The field 'variables' names variables that the reservation does not "
                    f"have: {', '.join(missing)}"
                )
            return {name: value for name, value in old.items() if name not in given}
        new = {name: value or "" for name, value in given.items()}
        return {**old, **new} if mode == "add" else new
