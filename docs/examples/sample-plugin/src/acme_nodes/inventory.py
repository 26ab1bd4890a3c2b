"""Reads the inventory."""

from collective.mwsvm.plugins import component
from urllib.error import URLError
from urllib.request import urlopen
import json


class UnreadableInventory(Exception):
    """The inventory is not there, or is no inventory."""


@component
class InventoryReader:
    """Injected wherever ``inventoryReader`` is declared."""

    def read(self, url: str) -> list[dict]:
        """The machines. Raises UnreadableInventory."""
        try:
            # A poll has a deadline: a slow server must not use all of it up. Which schemes
            # there may be is the matter of the validator.
            with urlopen(url, timeout=20) as answer:  # noqa: S310
                document = json.load(answer)
        except URLError as error:
            raise UnreadableInventory(error.reason) from error
        except (OSError, ValueError) as error:
            raise UnreadableInventory(error) from error
        machines = document.get("machines") if isinstance(document, dict) else None
        if not isinstance(machines, list):
            raise UnreadableInventory("it has no list of machines")
        return machines
