"""Which images make a node a hypervisor, and of what kind (guide 6.2.9)."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any


Json = dict[str, Any]


@dataclass(frozen=True)
class Hypervisor:
    """What an image says of the nodes that are provisioned with it."""

    type: str | None
    #: The names of the images that virtual machines can have there.
    machine_images: Sequence[str]


class Hypervisors:
    """The hypervisor images of the catalogue, read when the first is asked for."""

    def __init__(
        self, read: Callable[[], Iterable[Json]], default_type: str | None
    ) -> None:
        """``read`` gives the images that are hypervisors."""
        self._read = read
        self._default_type = default_type

    def of(self, report: Json) -> Hypervisor | None:
        """What the image of this node makes of it; None if it is no hypervisor's."""
        image = report.get("image")
        return None if image is None else self._known.get(image)

    @cached_property
    def _known(self) -> dict[str, Hypervisor]:
        return {image["name"]: self._made(image) for image in self._read()}

    def _made(self, image: Json) -> Hypervisor:
        xcat = (image.get("extensions") or {}).get("xcat") or {}
        return Hypervisor(
            image.get("hypervisorType") or xcat.get("hvType") or self._default_type,
            [reference["name"] for reference in image.get("virtualizedImages") or ()],
        )
