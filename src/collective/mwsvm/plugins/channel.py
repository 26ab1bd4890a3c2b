"""Messages between a host process and the site: JSON in frames over a socket."""

from typing import Any
import orjson
import socket
import time


#: The longest message, in bytes.
LIMIT = 256 * 1024 * 1024

_HEAD = 4
_CHUNK = 64 * 1024
_LARGE_CHUNK = 1024 * 1024


class ChannelClosed(Exception):
    """The other side is gone."""


class BadFrame(ValueError):
    """What is to be sent, or what has come, is no message; the sentence says why."""


class Channel:
    """One end of a connection. A frame is its length in 4 bytes, and UTF-8 JSON.

    One thread may receive while another sends; neither of them twice at a time.
    """

    def __init__(self, connection: socket.socket, limit: int = LIMIT) -> None:
        self._socket = connection
        self._limit = limit
        self._received = bytearray()
        self._deadline: float | None = None

    def until(self, deadline: float | None) -> None:
        """Let all from now on raise TimeoutError after a moment of time.monotonic."""
        self._deadline = deadline
        if deadline is None:
            self._socket.settimeout(None)

    def send(self, message: Any) -> None:
        """Send a message.

        Raises `BadFrame`, with nothing sent, if it is no JSON value or too long,
        `ChannelClosed` and TimeoutError.
        """
        try:
            body = orjson.dumps(message)
        except (TypeError, orjson.JSONEncodeError) as error:
            raise BadFrame(f"The message is no JSON value: {error}") from error
        self._check(len(body))
        head = len(body).to_bytes(_HEAD, "big")
        try:
            self._limit_time()
            if len(body) < _CHUNK:
                self._socket.sendall(head + body)
            else:
                self._socket.sendall(head)
                self._socket.sendall(body)
        except TimeoutError:
            raise
        except OSError as error:
            raise ChannelClosed(str(error)) from error

    def receive(self) -> Any:
        """The next message. Raises `BadFrame`, `ChannelClosed` and TimeoutError."""
        size = int.from_bytes(self._take(_HEAD), "big")
        self._check(size)
        try:
            return orjson.loads(self._take(size))
        except orjson.JSONDecodeError as error:
            raise BadFrame(f"The message is no JSON: {error}") from error

    def close(self) -> None:
        """Let the other side read an end. May be called more than once."""
        self._socket.close()

    def _check(self, size: int) -> None:
        if size > self._limit:
            raise BadFrame(f"The message has {size} bytes; {self._limit} are the most")

    def _take(self, size: int) -> bytes:
        received = self._received
        while len(received) < size:
            # No more than what comes: a wrong length must not take all memory.
            wanted = min(max(size - len(received), _CHUNK), _LARGE_CHUNK)
            try:
                self._limit_time()
                piece = self._socket.recv(wanted)
            except TimeoutError:
                raise
            except OSError as error:
                raise ChannelClosed(str(error)) from error
            if not piece:
                raise ChannelClosed("the other side has closed the connection")
            received += piece
        taken = bytes(memoryview(received)[:size])
        del received[:size]
        return taken

    def _limit_time(self) -> None:
        if self._deadline is None:
            return
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)
