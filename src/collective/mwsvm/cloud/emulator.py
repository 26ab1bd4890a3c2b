"""The embedded EC2: moto's endpoint on loopback whose instances really run.

It is for demonstrations, tests and development. moto keeps what EC2 knows
(`moto_account`); this module lets in who has the access key, and keeps local
processes (`instances`) in step with the states of moto's instances.

moto comes with the extra `collective.mwsvm[cloud]`.
"""

from base64 import b64encode
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from collective.mwsvm.cloud.instances import end_leftovers
from collective.mwsvm.cloud.instances import Machine
from collective.mwsvm.cloud.instances import Machines
from contextlib import ExitStack
from contextlib import suppress
from datetime import datetime
from datetime import UTC
from html import escape
from io import BytesIO
from pathlib import Path
from queue import SimpleQueue
from typing import Any
from typing import BinaryIO
from urllib.parse import parse_qs
from uuid import uuid4
import atexit
import fcntl
import hmac
import importlib
import ipaddress
import os
import re
import signal
import socket
import threading


#: Bytes of console output that EC2 gives back.
CONSOLE_LIMIT = 65536

SCOPE = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)/\d{8}/([^/,\s]+)/([^/,\s]+)/aws4_request,"
)


class RequestError(Exception):
    """A request is refused, with HTTP's status and EC2's code and message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class EmbeddedCloud:
    """An EC2 on this computer whose instances execute their user data here.

    `directory` holds a directory per instance, with its console.log; it is made when
    missing and belongs to one running cloud. Whoever signs with `access_key` may run
    anything as this process's user: it is the secret that keeps other local users
    out. `secret_key` is kept for clients to sign with; signatures are not checked.
    Port 0 takes a free one. `regions` limits what is served; None serves every region
    that moto knows. `log` gets a line per decision, from any thread.

    Raises ValueError for a host that is not loopback, and for an access key that no
    client could send.
    """

    #: The one image there is, in every region.
    image_id = "ami-0de30000000000000"

    def __init__(
        self,
        directory: Path,
        access_key: str,
        secret_key: str = "",
        host: str = "127.0.0.1",
        port: int = 0,
        regions: Sequence[str] | None = None,
        log: Callable[[str], object] = print,
    ) -> None:
        if not re.fullmatch(r"[^/,\s]+", access_key):
            raise ValueError("An access key has neither spaces, commas nor slashes.")
        self.directory = Path(directory).resolve()
        self.access_key = access_key
        self.secret_key = secret_key
        #: Where it serves, once it was started.
        self.url = ""
        self._address = loopback(host)
        self._port = port
        self._regions = regions
        self._log = log
        # moto's models are not made for threads: this is held while they are used.
        self._lock = threading.RLock()
        self._lifecycle = threading.Lock()
        self._undo: ExitStack | None = None
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._machines = Machines(self.directory, self._off)
        self._moto: Any = None
        self._account: Any = None

    def start(self) -> None:
        """Serves in threads; returns when connections are accepted.

        Does nothing when it is serving already. What an earlier run that was killed
        left running in the directory is ended first.

        Raises ImportError when moto is missing, RuntimeError when another running
        cloud has the directory, ValueError for a region that moto does not know, and
        OSError when the port is taken.
        """
        with self._lifecycle, ExitStack() as undo:
            if self._undo is not None:
                return
            self._moto = optional("collective.mwsvm.cloud.moto_account")
            self._account = self._moto.MotoAccount(
                self._regions, self.image_id, self._reboot
            )
            undo.callback(self._account.close)
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            undo.enter_context(claim(self.directory))
            if count := end_leftovers(self.directory):
                self._log(f"{count} processes of an earlier run ended")
            undo.callback(self._end_machines)
            self._listen(undo)
            atexit.register(self.stop)
            undo.callback(atexit.unregister, self.stop)
            self._undo = undo.pop_all()

    def stop(self) -> None:
        """Ends every instance's processes and the server.

        Returns when they are gone, after some six seconds at most. Does nothing when
        nothing is being served.
        """
        with self._lifecycle:
            undo, self._undo = self._undo, None
            if undo is not None:
                undo.close()
                self._wake.put(None)

    def serve_forever(self, ready: Callable[[], None] = lambda: None) -> None:
        """Starts, serves until SIGINT, SIGTERM or `stop`, and stops.

        Signals are heard in the main thread only; ``ready`` is called when they are.
        """
        wake: SimpleQueue[None] = SimpleQueue()
        self._wake = wake
        with ExitStack() as undo:
            undo.callback(self.stop)
            if threading.current_thread() is threading.main_thread():
                for number in (signal.SIGINT, signal.SIGTERM):
                    # Unlike an Event, a SimpleQueue is safe in a signal handler.
                    old = signal.signal(number, lambda *_: wake.put(None))
                    undo.callback(signal.signal, number, old)
            self.start()
            ready()
            wake.get()
            self.stop()

    def _listen(self, undo: ExitStack) -> None:
        serving = optional("werkzeug.serving")
        quiet = {"log_request": lambda *_: None}
        handler = type("Handler", (serving.WSGIRequestHandler,), quiet)
        family = socket.AF_INET6 if ":" in self._address else socket.AF_INET
        # Left to bind by itself, werkzeug exits when the port is taken.
        with socket.create_server((self._address, self._port), family=family) as bound:
            server = serving.make_server(
                self._address,
                bound.getsockname()[1],
                self._serve,
                threaded=True,
                request_handler=handler,
                fd=bound.fileno(),
            )
        thread = threading.Thread(
            target=server.serve_forever, args=(0.1,), name="mwsvm-cloud", daemon=True
        )
        thread.start()
        undo.callback(thread.join)
        undo.callback(server.shutdown)
        host = f"[{self._address}]" if ":" in self._address else self._address
        self.url = f"http://{host}:{server.port}"

    def _serve(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """The WSGI application."""
        make = optional("werkzeug.wrappers").Response
        try:
            self._admit(environ.get("HTTP_AUTHORIZATION", ""))
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = BytesIO(body)
            with self._lock:
                response = self._answer(environ, parse_qs(body.decode(errors="ignore")))
        except RequestError as error:
            response = make(refusal(error), error.status, content_type="text/xml")
        return response(environ, start_response)

    def _admit(self, authorization: str) -> None:
        """Raises RequestError for a request without the access key, or not for us."""
        scope = SCOPE.match(authorization)
        key, region, service = scope.groups() if scope else ("", "", "")
        if not hmac.compare_digest(key.encode(), self.access_key.encode()):
            message = "AWS was not able to validate the provided access credentials"
            raise RequestError(401, "AuthFailure", message)
        if service != "ec2":
            raise RequestError(400, "UnsupportedOperation", "Only EC2 is served here.")
        if region not in self._require_account().names:
            message = f"The region {region} is not served here."
            raise RequestError(400, "InvalidRegion", message)

    def _require_account(self) -> Any:
        account = self._account
        if account is None:
            raise RequestError(503, "Unavailable", "The server is shutting down.")
        return account

    def _answer(self, environ: dict[str, Any], form: dict[str, list[str]]) -> Any:
        account = self._require_account()
        try:
            response = account.answer(environ)
        except NotImplementedError:
            message = "The embedded EC2 does not know this action."
            raise RequestError(400, "UnsupportedOperation", message) from None
        except Exception as error:
            self._log(f"moto failed with {type(error).__name__}")
            message = "An internal error has occurred"
            raise RequestError(500, "InternalError", message) from error
        finally:
            self._follow()
        if form.get("Action") == ["GetConsoleOutput"] and response.status_code == 200:
            response.set_data(console_output(self.directory, form["InstanceId"][0]))
        return response

    def _follow(self) -> None:
        """Switches machines on and off as the instances' states want it."""
        instances = self._account.instances()
        running = {name for name in instances if instances[name].is_running()}
        for name in sorted(self._machines.on() - running):
            self._machines.end(name)
            self._log(f"{name} {instances[name].state}")
        for name in sorted(running - self._machines.on()):
            instance = instances[name]
            self._machines.start(name, self._moto.decoded(instance.user_data))
            self._log(f"{name} started in {instance.region_name}")

    def _reboot(self, name: str) -> None:
        """Switches a machine off; `_follow` switches it on again."""
        self._machines.end(name)
        self._log(f"{name} rebooted")

    def _off(self, machine: Machine) -> None:
        """A machine is off: if it went off by itself, its instance follows."""
        name = machine.home.name
        outcome = "nothing was executed"
        if machine.code is not None:
            outcome = f"with code {machine.code}"
        with self._lock:
            if self._machines.off(machine):
                instance = self._account.instances()[name]
                self._moto.shut_down(instance)
                outcome += f", {instance.state}"
            self._log(f"{name} ended: {outcome}")

    def _end_machines(self) -> None:
        with self._lock:
            self._account = None  # requests still under way are refused
            machines = self._machines.end_all()
        for machine in machines:
            machine.join()


def loopback(host: str) -> str:
    """The address to bind for a host name or address.

    Raises ValueError unless it resolves to loopback addresses, and only to them.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise ValueError(f"{host!r} does not resolve: {error}") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not all(ipaddress.ip_address(address).is_loopback for address in addresses):
        raise ValueError(f"The embedded EC2 serves on loopback only, not on {host!r}.")
    return addresses[0]


def optional(name: str) -> Any:
    """A module that needs the extra `cloud`; without it an ImportError that says so."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        message = "The embedded EC2 needs moto: install collective.mwsvm[cloud]"
        raise ImportError(message, name=error.name) from error


def claim(directory: Path) -> BinaryIO:
    """An open lock file; closing it, or the end of the process, frees the directory.

    Raises RuntimeError when another cloud has it.
    """
    file = (directory / "lock").open("wb")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise RuntimeError(f"Another embedded EC2 runs in {directory}") from error
    return file


def refusal(error: RequestError) -> str:
    """The XML document in which EC2 refuses a request."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f"<Response><Errors><Error><Code>{error.code}</Code>"
        f"<Message>{escape(str(error))}</Message></Error></Errors>"
        f"<RequestID>{uuid4()}</RequestID></Response>"
    )


def console_output(directory: Path, name: str) -> str:
    """The XML document with the end of an instance's console.log."""
    output, when = b"", datetime.now(UTC)
    with suppress(OSError), (directory / name / "console.log").open("rb") as file:
        status = os.fstat(file.fileno())
        when = datetime.fromtimestamp(status.st_mtime, UTC)
        file.seek(max(0, status.st_size - CONSOLE_LIMIT))
        output = file.read(CONSOLE_LIMIT)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<GetConsoleOutputResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
        f"<requestId>{uuid4()}</requestId><instanceId>{name}</instanceId>"
        f"<timestamp>{when:%Y-%m-%dT%H:%M:%S.000Z}</timestamp>"
        f"<output>{b64encode(output).decode()}</output></GetConsoleOutputResponse>"
    )
