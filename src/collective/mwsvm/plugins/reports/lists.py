"""Lists in reports."""

from typing import Self
from typing import TypeVar


_Item = TypeVar("_Item")


class ReportList(list[_Item]):
    """A list that also takes elements as the guide's samples add them."""

    __slots__ = ()

    def add(self, item: _Item) -> bool:
        """Append an element; True."""
        self.append(item)
        return True

    def __lshift__(self, item: _Item) -> Self:
        self.append(item)
        return self
