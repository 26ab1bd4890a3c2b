"""``/rest/standing-reservations`` (guide 4.26)."""

from collective.mwsvm.models.standing_reservations import StandingReservation
from collective.mwsvm.resources.call import Json
from collective.mwsvm.resources.worked_out import WorkedOut


class StandingReservations(WorkedOut):
    """Reservations that come again; the server's administrator writes them."""

    name = "standing-reservations"
    one = "standing reservation"
    many = "standing reservations"
    model = StandingReservation

    def objects(self) -> list[Json]:
        """Those that the administrator wrote, in that order."""
        return self.call.manager.facts.standing_reservations()
