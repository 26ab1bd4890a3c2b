"""What plug-ins under test log."""

from collective.mwsvm.plugins.constants import PluginConstants
from collective.mwsvm.plugins.logs import LinkHandler
from collective.mwsvm.plugins.logs import TRACE
from dataclasses import dataclass
from typing import Any
import logging


@dataclass(frozen=True)
class Logged:
    """One message. ``level`` is TRACE, DEBUG, INFO, WARN, ERROR or FATAL."""

    level: str
    message: str
    name: str
    traceback: str | None = None


class LogKeeper:
    """Keeps what is logged below ``plugins.``, from TRACE on, between open and close."""

    def __init__(self) -> None:
        self.records: list[Logged] = []
        self._logger = logging.getLogger(PluginConstants.LOGGER_PREFIX.rstrip("."))
        self._handler = LinkHandler(self._keep, lambda: None)
        self._level = self._logger.level

    def open(self) -> None:
        self._level = self._logger.level
        self._logger.addHandler(self._handler)
        self._logger.setLevel(TRACE)

    def close(self) -> None:
        self._logger.removeHandler(self._handler)
        self._logger.setLevel(self._level)

    def _keep(self, record: dict[str, Any]) -> None:
        self.records.append(
            Logged(
                record["level"], record["message"], record["name"], record["traceback"]
            )
        )
