"""What answers of the workload manager have in common (guide 3.6)."""

from collective.mwsvm.resources.call import Reply
from typing import Any


#: That the manager has done what was asked.
SUCCESS = "000"


def reply(
    body: Any, status: int = 200, message: str | None = None, **more: Any
) -> Reply:
    """An answer of the workload manager: its headers say that it was done."""
    headers = {"X-Moab-Status": "Success", "X-Moab-Code": SUCCESS}
    if message is not None:
        headers["X-Moab-Message"] = message
    headers.update(more.pop("headers", {}))
    return Reply(body, status=status, headers=headers, **more)
