"""What an instance of the embedded EC2 is: its user data, run as local processes.

Nothing here knows EC2: a machine has a name, a directory and user data; it is
switched on, and off, and it goes off by itself when its user data ends.
"""

from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO
import contextlib
import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
import time


#: Seconds between SIGTERM and SIGKILL.
GRACE = 5.0
#: Seconds after SIGKILL until a process that can't die is given up.
GIVE_UP = 1.0
POLL = 0.05
PROC = Path("/proc")


def environment(home: Path) -> dict[str, str]:
    """The whole environment of a machine's processes.

    Nothing of this process's environment but PATH and LANG gets in, so none of its
    secrets. MWSVM_HALT is empty: the agent then ends where it would halt the machine,
    which here would be this computer.
    """
    path = os.environ.get("PATH") or os.defpath
    if not shutil.which("python3", path=path):
        path += os.pathsep + os.path.dirname(sys.executable)
    return {
        "PATH": path,
        "HOME": str(home),
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "TMPDIR": str(home / "tmp"),
        "MWSVM_HALT": "",
    }


class Machine:
    """One run of an instance's user data, from power on to power off.

    Executes what starts with `#!`, in a session of its own; with any other user data
    the machine is just on. It waits for `after`, the earlier run in the same
    directory, to be off. `on_off` is called with this object, in this machine's
    thread, once nothing of it runs any more.
    """

    def __init__(
        self,
        home: Path,
        user_data: bytes,
        on_off: Callable[["Machine"], None],
        after: "Machine | None" = None,
    ) -> None:
        self.home = home
        self.pid: int | None = None
        #: The exit code; minus the signal that ended it; None if nothing was executed.
        self.code: int | None = None
        self._user_data = user_data
        self._on_off = on_off
        self._after = after
        self._lock = threading.Lock()
        self._unwanted = threading.Event()
        self._deadline = 0.0
        self._off = threading.Event()
        self._thread = self._background(self._live)

    def end(self) -> None:
        """Switches the machine off; returns before it is off."""
        with self._lock:
            if self._unwanted.is_set():
                return
            self._deadline = time.monotonic() + GRACE
            self._unwanted.set()
            running = self.pid is not None
        if running:
            self._background(self._end_processes)

    def join(self) -> None:
        """Waits until the machine is off and `on_off` has been told."""
        self._thread.join()

    def _background(self, target: Callable[[], None]) -> threading.Thread:
        name = f"{self.home.name}-{target.__name__}"
        thread = threading.Thread(target=target, name=name, daemon=True)
        thread.start()
        return thread

    def _live(self) -> None:
        if self._after is not None:
            self._after.join()
            self._after = None
        try:
            self._run()
        except OSError as error:
            self._complain(error)
        finally:
            self._off.set()
            self._on_off(self)

    def _run(self) -> None:
        _prepare(self.home, self._user_data)
        if not self._user_data.startswith(b"#!"):
            self._unwanted.wait()
            return
        process = self._spawn()
        if process is None:
            return
        record = self.home / "machine.pid"
        with contextlib.suppress(OSError):
            record.write_text(f"{process.pid} {_started(process.pid)}\n")
        self.code = process.wait()
        deadline = self._deadline or time.monotonic() + GRACE
        _end({process.pid}, [self.home], deadline)
        record.unlink(missing_ok=True)

    def _spawn(self) -> "subprocess.Popen[bytes] | None":
        """The process; None when the machine is unwanted already."""
        patience = time.monotonic() + 1
        while True:
            with self._lock:
                if self._unwanted.is_set():
                    return None
                try:
                    process = _execute(self.home)
                except OSError as error:
                    # Another thread's fork holds the file open for a moment.
                    if error.errno != errno.ETXTBSY or time.monotonic() > patience:
                        raise
                else:
                    self.pid = process.pid
                    return process
            time.sleep(POLL)

    def _end_processes(self) -> None:
        # A suspended process hears SIGTERM only when it goes on.
        self._signal(signal.SIGTERM)
        self._signal(signal.SIGCONT)
        if not self._off.wait(self._deadline - time.monotonic()):
            self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self.pid is not None and not self._off.is_set():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)

    def _complain(self, error: OSError) -> None:
        with contextlib.suppress(OSError), _console(self.home) as console:
            console.write(f"The user data can't be executed: {error}\n".encode())


class Machines:
    """The machines below one directory, by name.

    The caller serialises the calls; `on_off` comes from other threads and is to call
    `off`, serialised too.
    """

    def __init__(self, directory: Path, on_off: Callable[[Machine], None]) -> None:
        self._directory = directory
        self._on_off = on_off
        self._latest: dict[str, Machine] = {}
        self._on: set[str] = set()

    def on(self) -> set[str]:
        """The names of the machines that are on and are to be on."""
        return set(self._on)

    def start(self, name: str, user_data: bytes) -> None:
        """Switches a machine on, as soon as its earlier run is off."""
        self._latest[name] = Machine(
            self._directory / name, user_data, self._on_off, self._latest.get(name)
        )
        self._on.add(name)

    def end(self, name: str) -> None:
        """Switches a machine off; returns before it is off."""
        self._on.discard(name)
        if name in self._latest:
            self._latest[name].end()

    def end_all(self) -> list[Machine]:
        """Switches every machine off; the ones to be waited for with `join`."""
        for name in list(self._latest):
            self.end(name)
        return list(self._latest.values())

    def off(self, machine: Machine) -> bool:
        """Takes note that a machine is off; True when it went off by itself."""
        name = machine.home.name
        if self._latest.get(name) is not machine:
            return False
        del self._latest[name]
        by_itself = name in self._on
        self._on.discard(name)
        return by_itself


def end_leftovers(directory: Path) -> int:
    """Ends what the machines of an earlier, killed run left running.

    Returns the number of processes, after at most GRACE + GIVE_UP seconds. A recorded
    pid that is another process by now is left alone.
    """
    homes = [home for home in directory.glob("i-*") if home.is_dir()]
    sessions = {pid for home in homes if (pid := _recorded(home / "machine.pid"))}
    count = _end(sessions, homes, time.monotonic() + GRACE)
    for home in homes:
        (home / "machine.pid").unlink(missing_ok=True)
    return count


def _prepare(home: Path, user_data: bytes) -> None:
    home.mkdir(mode=0o700, exist_ok=True)
    (home / "tmp").mkdir(mode=0o700, exist_ok=True)
    script = home / "user-data"
    script.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with open(os.open(script, flags, 0o700), "wb") as file:
        file.write(user_data)
    _console(home).close()


def _console(home: Path) -> BinaryIO:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    return open(os.open(home / "console.log", flags, 0o600), "ab")


def _execute(home: Path) -> "subprocess.Popen[bytes]":
    with _console(home) as console:
        return subprocess.Popen(
            [str(home / "user-data")],
            cwd=home,
            env=environment(home),
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on; empty when there is none."""
    try:
        text = (PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return []
    # The name before may hold spaces and parentheses.
    return text.rpartition(")")[2].split()


def _started(pid: int) -> str:
    """What tells a process from a later one with its pid; empty when not known."""
    fields = _stat(pid)
    if not fields:
        return ""
    boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
    return f"{boot}/{fields[19]}"


def _recorded(record: Path) -> int | None:
    """The recorded pid if it still is the process that was recorded."""
    try:
        pid, started = record.read_text().split()
        return int(pid) if started == _started(int(pid)) else None
    except (OSError, ValueError):
        return None


def _end(sessions: Collection[int], homes: Iterable[Path], deadline: float) -> int:
    """Ends all processes of the sessions and homes: SIGTERM, at the deadline SIGKILL.

    Returns how many there were.
    """
    if not PROC.is_dir():  # not Linux: the process groups are all that is known
        _signal(os.killpg, sessions, signal.SIGKILL)
        return len(sessions)
    marks = {mark for home in homes for mark in _marks(home)}
    pids = _processes(sessions, marks)
    count = len(pids)
    _signal(os.kill, pids, signal.SIGTERM)
    _signal(os.kill, pids, signal.SIGCONT)
    while pids and time.monotonic() < deadline + GIVE_UP:
        if time.monotonic() >= deadline:
            _signal(os.kill, pids, signal.SIGKILL)
        time.sleep(POLL)
        pids = _processes(sessions, marks)
    return count


def _signal(
    kill: Callable[[int, int], None], ids: Iterable[int], number: signal.Signals
) -> None:
    for pid in ids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, number)


def _marks(home: Path) -> list[bytes]:
    """What in a process's environment shows that it belongs to a machine.

    This finds those that took a session of their own.
    """
    return [os.fsencode(f"HOME={home}"), os.fsencode(f"TMPDIR={home / 'tmp'}")]


def _processes(sessions: Collection[int], marks: Collection[bytes]) -> list[int]:
    """The living processes of the sessions, and those with one of the marks."""
    found = []
    for name in os.listdir(PROC):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        fields = _stat(int(name))
        if not fields or fields[0] in "ZX":
            continue
        if int(fields[3]) in sessions or _marked(int(name), marks):
            found.append(int(name))
    return found


def _marked(pid: int, marks: Collection[bytes]) -> bool:
    try:
        entries = (PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return False
    return not set(entries).isdisjoint(marks)
