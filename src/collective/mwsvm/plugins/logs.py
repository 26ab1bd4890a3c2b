"""The loggers of plug-ins, and the way of what they log to the site's log."""

from collections.abc import Callable
from collective.mwsvm.plugins.constants import PluginConstants
from collective.mwsvm.plugins.failures import TRACEBACK
from collective.mwsvm.plugins.interfaces import Log
from typing import Any
from typing import cast
import logging


TRACE = 5

#: The longest message that is sent, in characters.
LONGEST = 64_000

logging.addLevelName(TRACE, "TRACE")

_NAMES = {logging.WARNING: "WARN", logging.CRITICAL: "FATAL"}


class PluginLogger(logging.Logger):
    """A logger with the guide's levels (guide 6.2.3).

    An exception may be given after a message without ``%``: its traceback is logged.
    """

    def trace(self, msg: object, *args: object, **options: Any) -> None:
        """Log on the level below debug."""
        self.log(TRACE, msg, *args, **options)

    def warn(self, msg: object, *args: object, **options: Any) -> None:
        """The guide's name of `warning`."""
        self.warning(msg, *args, **options)

    def fatal(self, msg: object, *args: object, **options: Any) -> None:
        """The guide's name of `critical`."""
        self.critical(msg, *args, **options)

    def _log(  # type: ignore[override]
        self, level: int, msg: object, args: Any, exc_info: Any = None, **options: Any
    ) -> None:
        if (
            len(args) == 1
            and isinstance(args[0], BaseException)
            and "%" not in str(msg)
        ):
            exc_info, args = args[0], ()
        super()._log(level, msg, args, exc_info=exc_info, **options)


def plugin_logger(name: str) -> Log:
    """The logger of a name such as ``plugins.example.LoggingPlugin``."""
    logger = logging.getLogger(name)
    # There is one object for a name, and others may have asked for it before.
    logger.__class__ = PluginLogger
    return cast(Log, logger)


class LinkHandler(logging.Handler):
    """Sends what is logged as ``log`` messages of the host protocol."""

    def __init__(
        self, send: Callable[[dict[str, Any]], None], plugin: Callable[[], str | None]
    ) -> None:
        """``plugin`` tells the id of the plug-in that is at work."""
        super().__init__()
        self._send_record = send
        self._plugin = plugin
        self._formatter = logging.Formatter()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            message = record.getMessage()
        except Exception:
            # Arguments that do not fit: what was meant is worth more than the fault.
            message = f"{record.msg} {record.args!r}"
        traceback = None
        if record.exc_info and record.exc_info[0] is not None:
            traceback = self._formatter.formatException(record.exc_info)
        self._send_record(
            {
                "name": record.name,
                "level": _NAMES.get(record.levelno, record.levelname),
                "message": _sendable(message)[:LONGEST],
                "traceback": traceback and _sendable(traceback)[-TRACEBACK:],
                "plugin": self._plugin(),
            }
        )


def install(handler: logging.Handler, level: int) -> None:
    """Let a process log through ``handler`` only.

    The loggers of plug-ins do so from ``level`` on, all others from warnings on.
    """
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(PluginConstants.LOGGER_PREFIX.rstrip(".")).setLevel(level)


def _sendable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
