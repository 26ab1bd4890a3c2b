"""What a task is told of its turn."""

from collections.abc import Callable
from collective.mwsvm.worker.patience import Patience
from dataclasses import dataclass


@dataclass
class Turn:
    """One turn of a task on one site.

    ``still_ours`` renews the task's lease and says whether it could; ``patience`` knows
    whether deadlines count.
    """

    path: str
    patience: Patience
    still_ours: Callable[[], bool]
