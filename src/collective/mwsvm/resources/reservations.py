"""``/rest/reservations`` (guide 4.21)."""

from collective.mwsvm.database import collections
from collective.mwsvm.models.document import Made
from collective.mwsvm.models.document import Told
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.reservations import Reservation
from collective.mwsvm.models.reservations import ReservationChange
from collective.mwsvm.models.reservations import STATE_FLAGS
from collective.mwsvm.models.reservations import varied
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.call import Reply
from collective.mwsvm.resources.declare import operation
from collective.mwsvm.resources.workload_documents import WorkloadDocuments
from collective.mwsvm.workload import reservation_times


class Reservations(WorkloadDocuments):
    """Resources that are kept for some jobs for some time."""

    name = "reservations"
    one = "reservation"
    many = "reservations"
    model = Reservation
    documents = collections.reservations
    lists = ("variables",)

    @operation("Save", gives=Made, asks=True)
    def save(self) -> Reply:
        """Create a reservation"""
        given = self.checked(self.call.object(), creation=True)
        id = self.call.manager.reservations.make(given)["id"]
        return Reply({"id": id}, status=201, location=f"{self.name}/{id}")

    @operation("Update", "{key}", takes=ReservationChange, gives=Told, asks=True)
    def update(self, key: str) -> Json:
        """Modify the variables of a reservation"""
        old = self.look(key)
        given = self.call.object()
        if "variables" not in given:
            raise Invalid(
                "The field 'variables' is required: nothing else of a reservation can be "
                "changed"
            )
        self._refuse_others(given, old)
        variables = ReservationChange.check(given).variables
        mode = self.call.parameters.change_mode
        new = varied(old["variables"], variables, mode)
        self.refuse_hidden({**old, "variables": new})
        self.call.manager.reservations.modify(key, variables, mode)
        return {"messages": [f"reservation '{key}' attribute 'Variable' changed."]}

    @operation("Delete", "{key}", answer=Json, asks=True)
    def delete(self, key: str) -> Json:
        """Release a reservation"""
        self.look(key)
        self.call.manager.reservations.release(key)
        return {}

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
