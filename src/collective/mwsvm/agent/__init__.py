"""The agent that machines run, and the user data that brings it to them."""

from collective.mwsvm.models.errors import Invalid
from importlib.resources import files
from typing import Any


#: EC2 takes no more user data than this, in bytes before base64.
USER_DATA_LIMIT = 16 * 1024

_MARKER = "CONFIG = {}  # filled in by the site"


def script() -> str:
    """The agent's source: one file, for any Python 3.6 or newer."""
    return (files(__package__) / "agent.py").read_text("utf-8")


def user_data(config: dict[str, Any]) -> str:
    """The agent with its configuration, ready to be run by cloud-init.

    It holds the machine's token. Raises `Invalid` when it is too long for EC2.
    """
    source = script()
    assert source.count(_MARKER) == 1
    data = source.replace(_MARKER, f"CONFIG = {config!r}")
    if len(data.encode()) > USER_DATA_LIMIT:
        raise Invalid(
            f"The user data would have {len(data.encode())} bytes; EC2 takes "
            f"{USER_DATA_LIMIT}: the machine's URL is too long."
        )
    return data
