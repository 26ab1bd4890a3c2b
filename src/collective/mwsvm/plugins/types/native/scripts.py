"""Scripts, run without a shell, for a limited time and with limited output."""

from collections.abc import Mapping
from collections.abc import Sequence
from collective.mwsvm.plugins.types.native.answers import Answer
from collective.mwsvm.plugins.types.native.answers import LIMIT
from collective.mwsvm.plugins.types.native.answers import too_long
from collective.mwsvm.plugins.types.native.answers import too_slow
from collective.mwsvm.plugins.types.native.answers import UrlFailure
from contextlib import suppress
from selectors import DefaultSelector
from selectors import EVENT_READ
from typing import IO
import errno
import os
import signal
import subprocess
import time


_CHUNK = 64 * 1024
_ERRORS_LIMIT = 64 * 1024

# How long after its end a script's output may still be held open by a process that it
# left in the background.
_GRACE = 0.2


def run(
    path: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    seconds: float,
    limit: int = LIMIT,
) -> Answer:
    """The standard output of a script, whatever its exit code.

    The script is started directly, with an empty standard input, in a process group of
    its own and with ``environment`` added to that of the host process. After
    ``seconds``, or with more than ``limit`` bytes of output, its whole group is killed.
    What it leaves in the background when it ends by itself is left alone.

    Raises `UrlFailure` if it can't be started, takes too long or writes too much.
    """
    try:
        process = subprocess.Popen(
            [path, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**_inherited(), **environment},
            process_group=0,
        )
    except (OSError, ValueError) as error:
        raise UrlFailure(f"{path} can't be run: {_reason(path, error)}") from error
    output: bytes | None = None
    with process:
        try:
            output, errors = _Reading(process, seconds, limit).read()
        finally:
            if output is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
    return Answer(
        output.decode("utf-8", "replace"),
        process.returncode,
        errors.decode("utf-8", "replace"),
    )


class _Reading:
    """Both outputs of a process, read as they come."""

    def __init__(
        self, process: subprocess.Popen[bytes], seconds: float, limit: int
    ) -> None:
        assert process.stdout is not None and process.stderr is not None
        self._process = process
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._limit = limit
        self._output = bytearray()
        self._errors = bytearray()
        self._streams: list[tuple[IO[bytes], bytearray]] = [
            (process.stdout, self._output),
            (process.stderr, self._errors),
        ]

    def read(self) -> tuple[bytes, bytes]:
        with DefaultSelector() as selector:
            for stream, buffer in self._streams:
                selector.register(stream, EVENT_READ, buffer)
            while selector.get_map():
                ready = selector.select(min(self._left(), _GRACE))
                for key, _ in ready:
                    if not self._take(key.fd, key.data):
                        selector.unregister(key.fileobj)
                if not ready and self._process.poll() is not None:
                    break
        try:
            self._process.wait(self._left())
        except subprocess.TimeoutExpired as error:
            raise too_slow(self._seconds) from error
        return bytes(self._output), bytes(self._errors)

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise too_slow(self._seconds)
        return left

    def _take(self, descriptor: int, buffer: bytearray) -> bool:
        """Read what is there; False at the end of the stream."""
        chunk = os.read(descriptor, _CHUNK)
        if buffer is self._errors:
            # Read to the end, so that the script is not held up, but not kept.
            chunk_kept = chunk[: max(0, _ERRORS_LIMIT - len(buffer))]
            buffer += chunk_kept
        else:
            buffer += chunk
            if len(buffer) > self._limit:
                raise too_long(self._limit)
        return bool(chunk)


def _inherited() -> dict[str, str]:
    # The path of the site's own modules is none for scripts, which may be for another
    # Python.
    return {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}


def _reason(path: str, error: OSError | ValueError) -> str:
    if not isinstance(error, OSError):
        return str(error)
    if error.errno == errno.EACCES and os.path.isfile(path):
        return "it is not executable for the user of this server"
    if error.errno == errno.ENOENT and os.path.exists(path):
        return "the interpreter that its first line names does not exist"
    if error.errno == errno.ENOEXEC:
        return "it is no program, and no script whose first line names an interpreter"
    return str(error.strerror)
