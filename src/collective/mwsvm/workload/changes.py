"""What happened without a call: events that whoever made it happen tells of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Happened:
    """An event: ``rsvend`` of the reservation ``system.4``; its kind is ``rsv``."""

    event_type: str
    kind: str
    key: str
