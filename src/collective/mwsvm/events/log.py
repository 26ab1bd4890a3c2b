"""events.log: one line for each event, in a file that rolls by time or by size."""

from collections.abc import Callable
from collections.abc import Iterator
from collective.mwsvm.models.errors import Invalid
from contextlib import contextmanager
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from datetime import tzinfo
from pathlib import Path
from stat import S_ISREG
from typing import Any
import fcntl
import json
import os
import re


MAX_DETAILS = 50

# What the name of a rolled file ends in, as strftime has it. Of two periods the earlier
# one comes first in the alphabet, too.
PERIODS = {"hourly": "%Y-%m-%d_%H:00", "daily": "%Y-%m-%d", "monthly": "%Y-%m"}
KINDS = ("never", *PERIODS, "size")

_UNITS = {"": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3}
_SIZE = re.compile(r"([0-9]{1,15})\s*(|KB|MB|GB)", re.IGNORECASE)
_INDEX = re.compile(r"[0-9]{1,6}")
_MODE = 0o640

_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_SPECIAL = re.compile(r'["\\]|[^ -~]')
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9:_-]")


def time_text(moment: datetime) -> str:
    """An aware time as in ``2012-01-27T15:18:30.000-07:00``.

    ``ValueError`` if it has no time zone.
    """
    if moment.utcoffset() is None:
        raise ValueError("the time of an event needs a time zone")
    return moment.isoformat(timespec="milliseconds")


def line(event: dict[str, Any], moment_text: str) -> str:
    """The event, in its JSON form, as events.log has it: one line of ASCII, unended.

    ``moment_text`` is the time of the event, see ``time_text``. Fields that are missing
    or null are left out, and so is every detail after the 50th. Related objects are in
    the order of their types, and a serialization is without the white space around it,
    both as in the guide's sample. Values that are not texts are written as JSON.
    """
    pairs = [
        f'{name}="{escape(_text(value))}"'
        for name, value in _fields(event)
        if value is not None
    ]
    return " ".join([escape(moment_text), *pairs])


def escape(text: str) -> str:
    """The text in ASCII with the escape sequences of Java strings."""
    return _SPECIAL.sub(lambda match: _SHORT.get(match[0]) or _unicode(match[0]), text)


def parse_size(text: str, setting: str = "max_size") -> int:
    """The bytes of a size such as ``50MB`` (1024 kilobytes to the megabyte).

    ``Invalid``, with the name of the setting, for all but a whole number from 1 on,
    alone or with KB, MB or GB.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None or not int(match[1]):
        raise Invalid(
            f"{setting}: {text[:40]!r} is not a size; give a number of bytes, or one "
            "with KB, MB or GB, such as 50MB."
        )
    return int(match[1]) * _UNITS[match[2].upper()]


@dataclass(frozen=True)
class Rolling:
    """When events.log is put away under another name and begun anew.

    ``kind``:

    - ``never``;
    - ``hourly``, ``daily`` or ``monthly``: events.log.2012-02-28_14:00, .2012-02-28 or
      .2012-02 has what was written in that period. These are kept for ever;
    - ``size``: when the file has more than ``max_size`` bytes. The newest
      ``max_backup_index`` files are kept, events.log.1 is the newest.

    ``Invalid``, naming the setting, for anything else.
    """

    kind: str = "never"
    max_size: int = 50 * 1024**2
    max_backup_index: int = 10

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise Invalid(
                f"kind: {self.kind[:40]!r} is no way to roll; there are "
                f"{', '.join(KINDS)}."
            )
        if self.max_size < 1:
            raise Invalid(f"max_size: {self.max_size} is less than 1 byte.")
        if self.max_backup_index < 1:
            raise Invalid(
                f"max_backup_index: {self.max_backup_index} is less than 1 file."
            )

    @classmethod
    def parse(
        cls, kind: str = "", max_size: str = "", max_backup_index: str = ""
    ) -> "Rolling":
        """The settings from their texts; an empty one means the default."""
        index = max_backup_index.strip()
        if index and not _INDEX.fullmatch(index):
            raise Invalid(
                f"max_backup_index: {index[:40]!r} is not a whole number of files."
            )
        return cls(
            kind=kind.strip() or cls.kind,
            max_size=parse_size(max_size) if max_size.strip() else cls.max_size,
            max_backup_index=int(index) if index else cls.max_backup_index,
        )


class EventLog:
    """The file, for any number of threads and processes that have it open.

    It has no state of its own: who writes decides by the file itself whether it is time
    to roll, under a lock on the file ``<path>.lock``, which stays. All writers of a
    file must have the same ``rolling`` and ``zone``.
    """

    def __init__(
        self,
        path: str | Path,
        rolling: Rolling,
        clock: Callable[[], float],
        zone: tzinfo | None = None,
    ) -> None:
        """``zone`` has the midnights at which to roll; None is the server's own."""
        self.path = Path(path)
        self.rolling = rolling
        self.clock = clock
        self.zone = zone

    def write(self, lines: list[str]) -> None:
        """Append the lines, all of them or none, after rolling if it is time.

        ``OSError``: the disk is full, the folder is missing or may not be written. The
        file then has nothing of these lines, and they may be written again.
        ``ValueError``: one of them is not one line of ASCII.

        The lines are with the operating system then, not yet for certain on the disk.
        """
        if not lines:
            return
        if any("\n" in text for text in lines):
            raise ValueError("a line of events.log can't hold a line break")
        data = "".join(f"{text}\n" for text in lines).encode("ascii")
        with self._locked():
            # Not before: who waited may be in another period by now.
            now = self.clock()
            self._roll_if_due(now)
            self._append(data, now)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        # Opened anew each time, so that it excludes the other threads as well. The log
        # itself can't have the lock, for it changes its name.
        descriptor = os.open(
            self._sibling("lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _MODE
        )
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            try:
                yield
            finally:
                # Closing alone would leave it to a child forked meanwhile.
                fcntl.flock(descriptor, fcntl.LOCK_UN)
        finally:
            os.close(descriptor)

    def _append(self, data: bytes, now: float) -> None:
        descriptor = os.open(
            self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, _MODE
        )
        try:
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                # A writer was killed in the middle of a line. What is there was perhaps
                # shipped already, so it stays, on a line of its own.
                data = b"\n" + data
            try:
                _write_all(descriptor, data)
            except OSError:
                with suppress(OSError):
                    os.ftruncate(descriptor, size)
                raise
            # The time of the last write decides when to roll: let it come from the
            # clock that decides. Only the file's owner may set it; for others, the
            # system has just set it.
            with suppress(OSError):
                os.utime(descriptor, (now, now))
        finally:
            os.close(descriptor)

    def _roll_if_due(self, now: float) -> None:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return
        if not S_ISREG(status.st_mode) or not status.st_size:
            return
        if self.rolling.kind == "size":
            if status.st_size > self.rolling.max_size:
                self._roll_numbers()
        elif self.rolling.kind != "never":
            written = self._period(status.st_mtime)
            # If the clock was set back there is nothing to put away: the file goes on.
            if written < self._period(now):
                self.path.rename(self._free_name(written))

    def _period(self, moment: float) -> str:
        pattern = PERIODS[self.rolling.kind]
        return datetime.fromtimestamp(moment, self.zone).strftime(pattern)

    def _free_name(self, period: str) -> Path:
        """A name for the file of this period that overwrites nothing.

        It is taken if the clock was set back over a roll.
        """
        name = self._sibling(period)
        number = 0
        while os.path.lexists(name):
            number += 1
            name = self._sibling(f"{period}.{number}")
        return name

    def _roll_numbers(self) -> None:
        """Make room for events.log.1 and rename events.log to it.

        The files move up as far as the first free number and no further. So a roll that
        was cut short is taken up by the next one, and no file goes before its time.
        """
        last = self.rolling.max_backup_index
        free = next(
            (n for n in range(1, last) if not os.path.lexists(self._sibling(n))), last
        )
        # Each name is overwritten in one step. Only the oldest file is lost thereby.
        for number in range(free, 1, -1):
            self._sibling(number - 1).rename(self._sibling(number))
        self.path.rename(self._sibling(1))
        # What is left of a larger max_backup_index.
        while os.path.lexists(extra := self._sibling(last + 1)):
            extra.unlink()
            last += 1

    def _sibling(self, suffix: str | int) -> Path:
        return self.path.with_name(f"{self.path.name}.{suffix}")


def _fields(event: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The names and values of the line in the order of the guide's sample."""
    initiator = event.get("initiatedBy") or {}
    primary = event.get("primaryObject") or {}
    failure = event.get("errorMessage") or {}
    serialization = primary.get("serialization")
    if isinstance(serialization, str):
        serialization = serialization.strip()
    yield "type", event.get("eventType")
    yield "category", event.get("eventCategory")
    yield "sourceComponent", event.get("sourceComponent")
    yield "status", event.get("status")
    yield "facility", event.get("facility")
    yield "initiatedBy.user", initiator.get("user")
    yield "initiatedBy.proxyUser", initiator.get("proxyUser")
    yield "primaryObject.type", primary.get("type")
    yield "primaryObject.id", primary.get("id")
    yield from _related(event.get("relatedObjects") or [])
    yield from _details(event.get("details") or {})
    yield "primaryObject.serialization", serialization
    yield "error.originator", failure.get("originator")
    yield "error.code", failure.get("errorCode")
    yield "error.message", failure.get("message")


def _related(objects: list[dict[str, Any]]) -> Iterator[tuple[str, Any]]:
    in_order = sorted(objects, key=lambda item: _text(item.get("type") or ""))
    for number, item in enumerate(in_order):
        yield f"relatedObject.{number}.type", item.get("type")
        yield f"relatedObject.{number}.id", item.get("id")


def _details(details: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in list(details.items())[:MAX_DETAILS]:
        # An odd name keeps its line readable, whoever let it pass.
        safe = _NOT_IN_NAMES.sub(lambda match: _unicode(match[0]), name)
        yield f"detail.{safe}", value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _unicode(character: str) -> str:
    """``\\uXXXX`` for each of the character's UTF-16 units, of which Java's are made."""
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(
        f"\\u{units[at]:02X}{units[at + 1]:02X}" for at in range(0, len(units), 2)
    )


def _write_all(descriptor: int, data: bytes) -> None:
    """All of the data in one write, unless the system takes less at once."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
