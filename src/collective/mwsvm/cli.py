"""The command ``mwsvm``: the site, its worker, the agent, the local cloud, the demo."""

from collections.abc import Callable
from collective.mwsvm import instance
from contextlib import ExitStack
from functools import partial
from importlib.metadata import version
from pathlib import Path
from transaction.interfaces import TransientError
import argparse
import logging
import os
import signal
import socket
import sys
import threading
import time


logger = logging.getLogger("collective.mwsvm")


def main(argv: list[str] | None = None) -> int:
    """Run the command line; the exit code: 0 all well, 1 it failed, 2 wrongly called."""
    arguments = sys.argv[1:] if argv is None else argv
    if arguments[:1] == ["agent"]:
        # The agent is a program of its own, with options of its own.
        from collective.mwsvm.agent import agent

        return agent.main(arguments[1:])
    options = _parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.DEBUG if options.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    logger.setLevel(logging.DEBUG if options.verbose else logging.INFO)
    # It warns of every request that waits for a thread.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    try:
        return options.run(options)
    except KeyboardInterrupt:
        return 130
    except (OSError, RuntimeError, ValueError, ImportError) as error:
        if options.verbose:
            logger.exception("mwsvm %s failed", options.command)
        print(f"mwsvm {options.command}: {str(error) or repr(error)}", file=sys.stderr)
        return 1
    except TransientError as error:
        print(f"mwsvm {options.command}: {_why_not_now(error)}", file=sys.stderr)
        return 1


def _why_not_now(error: TransientError) -> str:
    from ZODB.POSException import ConflictError

    if isinstance(error, ConflictError):
        return "another process is setting up the same database; start this one again"
    return f"the site's database can't be reached: {error}"


def say(message: str) -> None:
    """A line for the person at the terminal."""
    print(message, flush=True)


class Progress:
    """Says what takes a while, and how long it took."""

    def __init__(self):
        self._begin = time.monotonic()

    def __call__(self, message: str) -> None:
        say(f"[{time.monotonic() - self._begin:5.1f} s] {message} ...")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "mwsvm",
        description="A Plone site as the control plane of virtual machines and jobs.",
        epilog="Start with: mwsvm serve --demo. Each command has its own --help.",
    )
    parser.add_argument(
        "--version", action="version", version=version("collective.mwsvm")
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name, run, short, text):
        sub = commands.add_parser(
            name,
            help=short,
            description=text,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        sub.add_argument(
            "-v", "--verbose", action="store_true", help="log every decision"
        )
        sub.set_defaults(run=run)
        return sub

    serve_ = command("serve", serve, "serve the site in the foreground", _SERVE)
    serve_.add_argument("--host", default="127.0.0.1", help="default: %(default)s")
    serve_.add_argument(
        "--port",
        type=_port,
        default=8080,
        help="default: %(default)s; 0 takes a free one",
    )
    serve_.add_argument(
        "--var",
        type=Path,
        default=Path("var"),
        metavar="DIR",
        help="where all data lives; default: ./var",
    )
    serve_.add_argument(
        "--demo",
        action="store_true",
        help="add a local cloud, a machine in it and a job",
    )
    serve_.add_argument(
        "--threads", type=int, default=4, help="of the server; default: %(default)s"
    )
    serve_.add_argument(
        "--no-worker",
        action="store_true",
        help="leave periodic work to a worker elsewhere",
    )
    serve_.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="a zope.conf of your own (ZEO, RelStorage); DIR then only holds the password",
    )

    worker_ = command("worker", worker, "do the periodic work of a site", _WORKER)
    worker_.add_argument(
        "--config",
        type=Path,
        required=True,
        metavar="FILE",
        help="the site's zope.conf",
    )

    from collective.mwsvm.cloud.emulator import EmbeddedCloud

    commands.add_parser(
        "agent",
        add_help=False,
        help="poll a machine's URL and run its jobs (mwsvm agent --help)",
    )

    text = _CLOUD.format(image=EmbeddedCloud.image_id)
    cloud_ = command("cloud", cloud, "a local cloud that speaks the EC2 API", text)
    cloud_.add_argument("--host", default="127.0.0.1", help="a loopback address")
    cloud_.add_argument("--port", type=_port, default=5000, help="default: %(default)s")
    cloud_.add_argument(
        "--var",
        type=Path,
        default=Path("var/cloud"),
        metavar="DIR",
        help="where instances live; default: ./var/cloud",
    )
    cloud_.add_argument(
        "--until-stdin-closes",
        action="store_true",
        help="end with the process that holds the other end of standard input",
    )

    events_ = command("events", events, "drop old events", _EVENTS)
    events_.add_argument("action", choices=["purge"], help="drop old events")
    events_.add_argument(
        "--older-than",
        type=_days,
        required=True,
        metavar="DAYS",
        help="whole or in parts: 90, 0.5",
    )
    events_.add_argument(
        "--var",
        type=Path,
        default=Path("var"),
        metavar="DIR",
        help="where the site's data lives; default: ./var",
    )
    events_.add_argument(
        "--database",
        default=os.environ.get("MWSVM_DATABASE_URL", ""),
        metavar="URL",
        help="the MWS database; default: MWSVM_DATABASE_URL, or the file in DIR",
    )
    events_.add_argument(
        "--dry-run", action="store_true", help="only count what would be dropped"
    )

    demo_ = command("demo", demo, "run the main job from nothing, and check it", _DEMO)
    demo_.add_argument(
        "--seconds", type=float, default=180, help="give up after; default: %(default)s"
    )
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port (0 to 65535)")
    return port


_SERVE = """\
Serve the site in the foreground, at http://HOST:PORT/Plone.

What is missing below DIR is created: configuration, database, site, administrator. The
user is "admin"; the password is made up at the first start and kept in
DIR/admin-password, unless MWSVM_ADMIN_PASSWORD is set. With --config an administrator
who is there keeps the password, unless MWSVM_ADMIN_PASSWORD is set.

One line "Ready: URL" is printed when the site answers. Ctrl-C or SIGTERM ends it and all
it has started.

Environment:
  MWSVM_ADMIN_PASSWORD  the administrator's password
  MWSVM_DATABASE_URL    the MWS database, such as postgresql://user@host/mwsvm;
                        default: a SQLite file in DIR"""

_WORKER = """\
Do the periodic work of the sites in a zope.conf: start and stop machines, watch leases,
terminate strays, drop old logs.

"mwsvm serve" has a worker inside. This one is for sites with several processes (ZEO,
RelStorage); any number may run, each task is done by one of them at a time. Give it the
environment of the site (MWSVM_DATABASE_URL)."""

_CLOUD = """\
A local cloud that speaks the EC2 API, for trials and tests. It EXECUTES the user data of
its instances as local processes; terminating an instance ends them.

It listens on loopback only and takes one access key, which is kept in DIR/access-key; any
secret key will do. One line "Ready: URL" is printed when it answers; that URL is the EC2
endpoint for the site's settings. The image to start is {image}."""

_EVENTS = """\
Drop events that are older than so many days, while the site runs or not. For cron:

  0 2 * * 0  mwsvm events purge --older-than 90 --var /srv/mwsvm/var

With "Event retention" in the site's settings the worker does it by itself.
"""

_DEMO = """\
Run the main job from nothing and without a browser: a site and a local cloud in a
temporary directory, a machine started through the EC2 API, a job run by its agent.

Ends with 0 only when the job came back Finished with the output that its process really
wrote."""


# -- serve


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = -1
    if not 0 <= days < 100_000:
        raise argparse.ArgumentTypeError(f"{text} is not a number of days")
    return days


def events(options: argparse.Namespace) -> int:
    """Drop old events."""
    from collective.mwsvm.events import retention
    from collective.mwsvm.models.errors import MwsvmError

    try:
        database = retention.database_at(options.database, options.var)
        count = retention.purge(
            database, options.older_than, time.time, not options.dry_run
        )
        database.close()
    except MwsvmError as error:
        raise RuntimeError(str(error)) from error
    print(f"{count} events {'would be dropped' if options.dry_run else 'dropped'}")
    return 0


def serve(options: argparse.Namespace) -> int:
    """The site, until it is told to stop."""
    from collective.mwsvm.worker import startup
    from waitress.server import create_server

    if options.no_worker:
        os.environ["MWSVM_WORKER"] = "off"
    progress = Progress()
    stopped = threading.Event()
    with ExitStack() as stack:
        options.var.mkdir(parents=True, exist_ok=True)
        secret = _password(options)
        conf = options.config or instance.prepare(
            options.var, worker=not options.no_worker
        )
        # Taken first, so that a port in use is known before the long part. Nobody is
        # let in until the site answers: a proxy then asks the other processes.
        taken = stack.enter_context(_bound(options.host, options.port))
        host = f"[{options.host}]" if ":" in options.host else options.host
        url = f"http://{host}:{taken.getsockname()[1]}/{instance.SITE}"

        progress("Starting Zope and Plone")
        app = instance.open_application(conf)
        stack.callback(_close_zope)
        stack.callback(startup.stop_workers)
        instance.ensure_site(secret, progress)
        startup.start_worker_unless_configured()
        if options.demo:
            from collective.mwsvm import demo as demonstration

            progress("Starting the local cloud")
            endpoint, key = stack.enter_context(
                demonstration.local_cloud(options.var / "cloud")
            )
            demonstration.ensure_content(f"/{instance.SITE}", url, endpoint, key)
        progress("Listening")
        server = create_server(
            app,
            sockets=[taken],
            threads=options.threads,
            ident=None,
            clear_untrusted_proxy_headers=True,
        )
        stack.callback(server.close)
        _stop_on_signals(stopped)
        _tell_login(options)
        say(f"Ready: {url}")
        server.run()
        say("Stopping ...")
    say("Stopped.")
    return 0


def _password(options: argparse.Namespace) -> str | Callable[[], str]:
    """The administrator's; in a database of one's own only a new one is asked for."""
    if options.config and not os.environ.get("MWSVM_ADMIN_PASSWORD"):
        return partial(instance.password, options.var)
    return instance.password(options.var)


def _bound(host: str, port: int) -> socket.socket:
    """A socket that has the port and does not listen yet."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    family, kind, protocol, _, address = found[0]
    taken = socket.socket(family, kind, protocol)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
    except OSError:
        taken.close()
        raise
    return taken


def _stop_on_signals(stopped: threading.Event) -> None:
    def stop(number, frame):
        if not stopped.is_set():
            stopped.set()
            # waitress leaves its loop by this.
            raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def _tell_login(options: argparse.Namespace) -> None:
    if os.environ.get("MWSVM_ADMIN_PASSWORD"):
        where = "the password in MWSVM_ADMIN_PASSWORD"
    elif (options.var / "admin-password").exists():
        where = f"the password in {options.var / 'admin-password'}"
    else:
        where = "the password it has"
    say(f"Log in as {instance.USER} with {where}. Ctrl-C stops the site.")


def _close_zope() -> None:
    import Zope2

    Zope2.DB.close()


# -- worker


def worker(options: argparse.Namespace) -> int:
    """The periodic work, until it is told to stop."""
    from collective.mwsvm.worker.runner import Worker

    os.environ["MWSVM_WORKER"] = "off"
    progress = Progress()
    progress("Starting Zope and Plone")
    instance.open_application(options.config)
    running = Worker()
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    running.start()
    say("Ready: the worker is at work")
    stopped.wait()
    say("Stopping ...")
    running.stop()
    _close_zope()
    say("Stopped.")
    return 0


# -- cloud


def cloud(options: argparse.Namespace) -> int:
    """The local cloud, until it is told to stop."""
    from collective.mwsvm.cloud.emulator import EmbeddedCloud

    options.var.mkdir(parents=True, exist_ok=True)
    local = EmbeddedCloud(
        options.var,
        instance.kept_secret(options.var / "access-key"),
        host=options.host,
        port=options.port,
        log=logger.info,
    )
    if options.until_stdin_closes:
        threading.Thread(
            target=lambda: (sys.stdin.read(), local.stop()), daemon=True
        ).start()
    local.serve_forever(lambda: say(f"Ready: {local.url}"))
    return 0


# -- demo


def demo(options: argparse.Namespace) -> int:
    """The main job, from nothing."""
    from collective.mwsvm import demo as demonstration

    return demonstration.run(say, options.seconds)


if __name__ == "__main__":
    sys.exit(main())
