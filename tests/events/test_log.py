"""The file events.log: how it rolls, and who writes it at once."""

from collective.mwsvm.events.log import EventLog
from collective.mwsvm.events.log import parse_size
from collective.mwsvm.events.log import Rolling
from collective.mwsvm.models.errors import Invalid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from datetime import UTC
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from pathlib import Path
from tempfile import TemporaryDirectory
from tests.conftest import Clock
from zoneinfo import ZoneInfo
import errno
import fcntl
import multiprocessing
import os
import pytest
import resource
import signal


FORK = multiprocessing.get_context("fork")


def at(text):
    """The moment as the clock has it."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def files(folder):
    """All that was logged, by the end of the file's name."""
    return {
        path.name.removeprefix("events.log"): path.read_text()
        for path in sorted(folder.iterdir())
        if not path.name.endswith(".lock")
    }


def written(folder):
    return "".join(files(folder).values()).splitlines()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "events.log"


@pytest.fixture
def opened(path, clock):
    """Opens the log anew, as each start of a process does."""

    def opened(*rolling, zone=UTC):
        return EventLog(path, Rolling(*rolling), clock, zone)

    return opened


def test_lines_are_appended(opened, path):
    opened().write(["a", "b"])
    opened().write([])
    opened().write(["c"])
    assert path.read_text() == "a\nb\nc\n"
    assert path.stat().st_mode & 0o007 == 0


def test_nothing_to_write_makes_no_file(opened, tmp_path):
    opened().write([])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["a\nb", "é"])
def test_a_line_is_one_line_of_ascii(opened, path, text):
    with pytest.raises(ValueError):
        opened().write(["fine", text])
    assert not path.exists()


@pytest.mark.parametrize(
    "kind, first, last, following, name",
    [
        (
            "daily",
            "2012-02-28 00:00",
            "2012-02-28 23:59:59",
            "2012-02-29",
            ".2012-02-28",
        ),
        ("monthly", "2012-02-01", "2012-02-29 23:59:59", "2012-03-01", ".2012-02"),
        (
            "hourly",
            "2012-02-28 14:00",
            "2012-02-28 14:59:59.999",
            "2012-02-28 15:00",
            ".2012-02-28_14:00",
        ),
    ],
)
def test_rolling_by_time(opened, clock, tmp_path, kind, first, last, following, name):
    for number, moment in enumerate([first, last]):
        clock.now = at(moment)
        opened(kind).write([str(number)])
    assert files(tmp_path) == {"": "0\n1\n"}
    clock.now = at(following)
    opened(kind).write(["2"])
    assert files(tmp_path) == {"": "2\n", name: "0\n1\n"}


def test_the_name_is_that_of_the_period_in_which_it_was_written(
    opened, clock, tmp_path
):
    clock.now = at("2012-02-28 12:00")
    opened("daily").write(["before"])
    clock.now = at("2012-03-05 12:00")
    opened("daily").write(["after"])
    assert files(tmp_path) == {"": "after\n", ".2012-02-28": "before\n"}


def test_midnight_is_that_of_the_zone(opened, clock, tmp_path):
    denver = ZoneInfo("America/Denver")
    clock.now = at("2012-02-28 00:30")
    opened("daily", zone=denver).write(["a"])
    clock.now = at("2012-02-28 06:59")
    opened("daily", zone=denver).write(["b"])
    assert files(tmp_path) == {"": "a\nb\n"}
    clock.now = at("2012-02-28 07:00")
    opened("daily", zone=denver).write(["c"])
    assert files(tmp_path) == {"": "c\n", ".2012-02-27": "a\nb\n"}


def test_the_hour_that_comes_twice_is_one_file(opened, clock, tmp_path):
    denver = ZoneInfo("America/Denver")
    for moment in ("07:30", "08:30", "09:00"):  # 01:30, 01:30 again, 02:00
        clock.now = at(f"2012-11-04 {moment}")
        opened("hourly", zone=denver).write([moment])
    assert files(tmp_path) == {"": "09:00\n", ".2012-11-04_01:00": "07:30\n08:30\n"}


def test_an_empty_file_does_not_roll(opened, clock, path, tmp_path):
    path.touch()
    os.utime(path, (0, 0))
    opened("daily").write(["a"])
    assert files(tmp_path) == {"": "a\n"}


def test_a_clock_set_back_puts_nothing_away_and_overwrites_nothing(
    opened, clock, tmp_path
):
    def write(day, text):
        clock.now = at(f"2012-02-{day} 12:00")
        opened("daily").write([text])

    write(28, "a")
    write(29, "b")
    write(28, "c")
    assert files(tmp_path) == {"": "b\nc\n", ".2012-02-28": "a\n"}
    write(29, "d")
    assert files(tmp_path) == {
        "": "d\n",
        ".2012-02-28": "a\n",
        ".2012-02-28.1": "b\nc\n",
    }


def test_a_clock_that_was_far_ahead_does_not_stop_the_rolling(opened, clock, tmp_path):
    for moment in ("2040-01-01", "2012-02-28", "2012-02-29"):
        clock.now = at(moment)
        opened("daily").write([moment])
    assert files(tmp_path) == {
        "": "2012-02-29\n",
        ".2012-02-28": "2040-01-01\n2012-02-28\n",
    }


def test_rolling_by_size(opened, tmp_path):
    log = opened("size", 4, 2)
    log.write(["a"])
    log.write(["b"])
    log.write(["c"])  # 4 bytes do not exceed 4
    assert files(tmp_path) == {"": "a\nb\nc\n"}
    log.write(["d"])
    assert files(tmp_path) == {"": "d\n", ".1": "a\nb\nc\n"}
    log.write(["eeeeeeee"])
    log.write(["f"])
    assert files(tmp_path) == {"": "f\n", ".1": "d\neeeeeeee\n", ".2": "a\nb\nc\n"}
    log.write(["gggg"])
    log.write(["h"])
    assert files(tmp_path) == {"": "h\n", ".1": "f\ngggg\n", ".2": "d\neeeeeeee\n"}


def test_fewer_files_than_before_are_kept(opened, path, tmp_path):
    for number in range(1, 6):
        Path(f"{path}.{number}").write_text(f"{number}\n")
    kept = ["2012-02-28", "20120228", "9", "old"]
    for other in kept:
        Path(f"{path}.{other}").write_text("other\n")
    path.write_text("long\n")
    opened("size", 1, 2).write(["new"])
    assert files(tmp_path) == {
        "": "new\n",
        ".1": "long\n",
        ".2": "1\n",
    } | {f".{other}": "other\n" for other in kept}


def test_what_is_no_file_is_not_renamed(opened, path):
    path.mkdir()
    (path / "a").touch()
    os.utime(path, (0, 0))
    for rolling in (("daily",), ("size", 1)):
        with pytest.raises(IsADirectoryError):
            opened(*rolling).write(["a"])
    assert (path / "a").exists()


@pytest.mark.parametrize("renames", range(4))
def test_killed_in_a_roll(opened, path, tmp_path, monkeypatch, renames):
    """Whatever the step it was killed at, no file is lost before its time."""
    log = opened("size", 1, 5)
    for text in "abcd":
        log.write([text * 3])
    rename = Path.rename
    left = [renames]

    class Killed(BaseException):
        pass

    def failing(self, target):
        if not left[0]:
            raise Killed
        left[0] -= 1
        return rename(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", failing)
        with pytest.raises(Killed):
            log.write(["lost"])
    log.write(["eee"])
    log.write(["fff"])
    assert sorted(written(tmp_path)) == [text * 3 for text in "abcdef"]
    by_age = [files(tmp_path)[end] for end in (".5", ".4", ".3", ".2", ".1", "")]
    assert by_age == [f"{text * 3}\n" for text in "abcdef"]


def test_a_line_cut_short_is_not_joined_by_the_next(opened, path):
    path.write_text("whole\ncut sho")
    opened().write(["new"])
    opened().write(["newer"])
    assert path.read_text() == "whole\ncut sho\nnew\nnewer\n"


def test_a_full_disk_leaves_nothing_partial(opened, path):
    """The limit on the size of files makes the system take a part of the write."""
    log = opened()
    log.write(["a" * 99])
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (150, limits[1]))
    try:
        with pytest.raises(OSError) as caught:
            log.write(["b" * 99])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.errno == errno.EFBIG
    assert path.read_text() == "a" * 99 + "\n"
    log.write(["b" * 99])
    assert path.read_text() == "a" * 99 + "\n" + "b" * 99 + "\n"


def test_a_short_write_is_completed(opened, path, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[:3]))
    opened().write(["abcdefgh"])
    assert path.read_text() == "abcdefgh\n"


def test_a_missing_folder(clock, tmp_path):
    with pytest.raises(FileNotFoundError):
        EventLog(tmp_path / "no" / "events.log", Rolling(), clock).write(["a"])


def test_a_file_of_another_owner_can_be_written(opened, path, monkeypatch):
    def refused(*args):
        raise PermissionError

    monkeypatch.setattr(os, "utime", refused)
    opened().write(["a"])
    assert path.read_text() == "a\n"


def test_threads_at_once(opened, tmp_path):
    log = opened("size", 100, 1000)
    lines = [f"line {number}" for number in range(300)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda text: log.write([text]), lines))
    assert sorted(written(tmp_path)) == sorted(lines)


def _write_many(path, who, start):
    # Each has a clock of its own, and the hours go by while they write.
    clock = Clock(start)
    log = EventLog(path, Rolling("hourly"), clock, UTC)
    for number in range(100):
        log.write([f"{who} {number} {'x' * 200}", f"{who} {number} and"])
        clock.forward(200)


def test_processes_at_once(path, tmp_path, clock):
    processes = [
        FORK.Process(target=_write_many, args=(path, who, clock.now))
        for who in range(4)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(30)
        assert process.exitcode == 0
    expected = [
        f"{who} {number} {end}"
        for who in range(4)
        for number in range(100)
        for end in ("x" * 200, "and")
    ]
    assert sorted(written(tmp_path)) == sorted(expected)
    assert len(files(tmp_path)) >= 6


def _write_for_ever(path, started):
    log = EventLog(path, Rolling("size", 10_000, 100_000), Clock(), UTC)
    number = 0
    while True:
        log.write([f"{number} {'x' * 2000}"])
        number += 1
        if number == 20:
            os.write(started, b"!")


def test_a_killed_process_stops_nobody(opened, path, tmp_path):
    reading, writing = os.pipe()
    process = FORK.Process(target=_write_for_ever, args=(path, writing))
    process.start()
    try:
        assert os.read(reading, 1) == b"!"
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.join(30)
        os.close(reading)
        os.close(writing)
    opened("size", 10_000, 100_000).write(["after"])
    lines = written(tmp_path)
    assert "after" in lines
    numbers = sorted(
        int(text.split()[0]) for text in lines if text.endswith("x" * 2000)
    )
    assert numbers == list(range(len(numbers))) and len(numbers) >= 20


def test_a_child_forked_meanwhile_does_not_keep_the_lock(opened, path):
    log = opened()
    reading, writing = os.pipe()
    with log._locked():
        child = os.fork()
        if not child:  # It lives on with all that it inherited, until it is told.
            os.read(reading, 1)
            os._exit(0)
    try:
        with open(f"{path}.lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.write(writing, b"!")
        os.waitpid(child, 0)
        os.close(reading)
        os.close(writing)


STEPS = st.lists(
    st.tuples(st.integers(-200_000, 400_000), st.integers(1, 3)), max_size=20
)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(
        [
            Rolling(),
            Rolling("hourly"),
            Rolling("daily"),
            Rolling("monthly"),
            Rolling("size", 10, 100),
        ]
    ),
    STEPS,
)
def test_no_line_is_lost_or_doubled_however_the_clock_goes(rolling, steps):
    with TemporaryDirectory() as folder:
        clock = Clock()
        expected = []
        for step, count in steps:
            clock.forward(step)
            lines = [f"line {len(expected) + n}" for n in range(count)]
            EventLog(Path(folder) / "events.log", rolling, clock, UTC).write(lines)
            expected += lines
        assert sorted(written(Path(folder))) == sorted(expected)


@pytest.mark.parametrize(
    "text, size",
    [
        ("1", 1),
        ("1000", 1000),
        ("10KB", 10 * 1024),
        ("50MB", 50 * 1024**2),
        (" 1 gb ", 1024**3),
    ],
)
def test_sizes(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "0", "0MB", "-1", "1.5MB", "MB", "1TB", "५MB", "1e3", "9" * 5000]
)
def test_what_is_no_size(text):
    with pytest.raises(Invalid) as caught:
        parse_size(text, "maxFileSize")
    assert str(caught.value).startswith("maxFileSize: ")
    assert len(str(caught.value)) < 150


def test_settings_from_texts():
    assert Rolling.parse() == Rolling("never", 50 * 1024**2, 10)
    assert Rolling.parse("", " ", "") == Rolling()
    assert Rolling.parse("daily") == Rolling("daily")
    assert Rolling.parse(" size ", "1GB", " 3 ") == Rolling("size", 1024**3, 3)


@pytest.mark.parametrize(
    "texts, message",
    [
        (
            ("weekly", "", ""),
            "kind: 'weekly' is no way to roll; there are never, hourly, daily, monthly, "
            "size.",
        ),
        (
            ("size", "much", ""),
            "max_size: 'much' is not a size; give a number of bytes, or one with KB, MB "
            "or GB, such as 50MB.",
        ),
        (("size", "", "0"), "max_backup_index: 0 is less than 1 file."),
        (("size", "", "-1"), "max_backup_index: '-1' is not a whole number of files."),
        (
            ("size", "", "ten"),
            "max_backup_index: 'ten' is not a whole number of files.",
        ),
    ],
)
def test_wrong_settings_are_named(texts, message):
    with pytest.raises(Invalid) as caught:
        Rolling.parse(*texts)
    assert str(caught.value) == message


def test_a_size_of_nothing():
    with pytest.raises(Invalid, match="^max_size: 0 "):
        Rolling("size", 0)
