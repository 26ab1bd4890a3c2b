"""Python's search for garbage in cycles, put off while many objects are made."""

from collections.abc import Iterator
from contextlib import contextmanager
import gc


@contextmanager
def uncollected() -> Iterator[None]:
    """Without looking for garbage in cycles: a round makes many objects, and none."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
