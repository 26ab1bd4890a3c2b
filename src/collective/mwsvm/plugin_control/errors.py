"""What can go wrong with a process for plug-ins, and with what it is asked."""

from collections.abc import Sequence
import signal


class HostError(Exception):
    """A plug-in did not answer as it should; ``sentence`` says so to people."""

    @property
    def sentence(self) -> str:
        return str(self)


class PluginFailed(HostError):
    """The plug-in, or the code around it, raised an exception."""

    def __init__(
        self,
        type: str,
        messages: Sequence[str],
        code: int | None = None,
        errors: Sequence[str] | None = None,
        traceback: str = "",
    ) -> None:
        """``type`` is the name of the exception's class, in the author API if it is there.

        ``traceback`` is for the log only.
        """
        super().__init__(" ".join(messages) or type)
        self.type = type
        self.messages = list(messages) or [type]
        self.code = code
        self.errors = None if errors is None else list(errors)
        self.traceback = traceback


class PluginTimeout(HostError):
    """The plug-in did not answer in time, and its process has been ended.

    Or all processes were busy for so long.
    """

    def __init__(self, seconds: float, waiting: bool = False) -> None:
        time = f"{seconds:g} second{'' if seconds == 1 else 's'}"
        super().__init__(
            f"No process for plug-ins was free within {time}"
            if waiting
            else f"The plug-in did not answer within {time} and was ended"
        )
        self.seconds = seconds
        #: It was not the plug-in's fault: it has not been asked.
        self.waiting = waiting


class PluginDied(HostError):
    """The plug-in's process ended, or can't be talked with, before there was an answer."""

    def __init__(self, how: str, status: int | None = None) -> None:
        super().__init__(f"The plug-in's process {how}")
        self.status = status

    @classmethod
    def of(cls, status: int | None) -> "PluginDied":
        """From an exit status; a negative one is a signal's."""
        return cls(_how(status), status)


def _how(status: int | None) -> str:
    if status is None:
        return "closed its connection"
    if status >= 0:
        return f"ended with exit status {status}"
    if -status == signal.SIGKILL:
        return "was killed (SIGKILL); perhaps the machine ran out of memory"
    try:
        return f"was ended by {signal.Signals(-status).name}"
    except ValueError:
        return f"was ended by signal {-status}"
