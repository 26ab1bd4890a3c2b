"""The connection to the MWS database: SQLite by default, PostgreSQL by URL."""

from collections.abc import Callable
from collections.abc import Iterator
from collective.mwsvm.database import lenient
from collective.mwsvm.database import migrate
from collective.mwsvm.database import sqlite_query
from collective.mwsvm.database import tables
from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.errors import Unavailable
from contextlib import contextmanager
from sqlalchemy import Connection
from sqlalchemy import create_engine
from sqlalchemy import Engine
from sqlalchemy import event
from sqlalchemy import inspect
from sqlalchemy import make_url
from sqlalchemy import select
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import ArgumentError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.exc import NoSuchModuleError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm import sessionmaker
from typing import Any
from zope.sqlalchemy import mark_changed
from zope.sqlalchemy import register
import orjson
import sqlite3
import threading
import time


#: How long a writer waits for its turn, in seconds: less than a client's own deadline.
BUSY_TIMEOUT = 10

BUSY = "The MWS database can't answer now; please try again in a moment."


class Database:
    """One site's database. Threads share it; each works on connections of its own.

    ``reading()`` is for questions, ``writing()`` for changes that belong to the Zope
    transaction of this thread and end with it, ``transaction()`` for a change of its own
    that is committed when the block ends.

    All three raise `Unavailable` when the database can't be reached or stays locked.
    """

    def __init__(self, url: str, site: str, busy_timeout: float = BUSY_TIMEOUT):
        """Opens nothing yet: the first use connects and brings the tables up to date.

        ``site`` is the id of the site that owns the data.
        """
        self.url = url
        self.site = site
        self.engine = _make_engine(url, busy_timeout)
        #: The same connections, for questions only.
        self._reader = self.engine.execution_options(mwsvm_reading=True)
        self._session = scoped_session(sessionmaker(self.engine))
        register(self._session, initial_state="changed")
        self._ready = False
        self._lock = threading.Lock()

    @classmethod
    def of_its_site(cls, url: str) -> "Database":
        """The database at the URL for the site that owns it, whichever that is.

        Raises `NotFound` when none has used it yet.
        """
        engine = _make_engine(url, BUSY_TIMEOUT)
        try:
            with _clear_errors(), engine.connect() as connection:
                exists = inspect(connection).has_table("meta")
                owner = select(tables.meta.c.value).where(tables.meta.c.key == "site")
                site = connection.scalar(owner) if exists else None
        finally:
            engine.dispose()
        if site is None:
            raise NotFound("No site has used this MWS database yet")
        return cls(url, site)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees what is committed and, during ``writing``, our own."""
        self.prepare()
        with _clear_errors():
            if self._session.registry.has() and self._session().in_transaction():
                yield self._session.connection()
                return
            with self._reader.connect() as connection:
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """The connection of this thread's Zope transaction, which commits it or not.

        On SQLite the first use in a transaction takes the write lock.
        """
        self.prepare()
        with _clear_errors():
            connection = self._session.connection()
            mark_changed(self._session())
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection with a transaction of its own: commits unless the block raises."""
        self.prepare()
        with _clear_errors(), self.engine.begin() as connection:
            yield connection

    def prepare(self) -> None:
        """Create or upgrade the tables, once per process.

        Raises `Conflict` when the database belongs to another site.
        """
        if self._ready:
            return
        with self._lock, _clear_errors():
            if not self._ready:
                migrate.upgrade(self.engine)
                with self.engine.begin() as connection:
                    _own(connection, self.site)
                self._ready = True

    def close(self) -> None:
        """Give all connections back to the system."""
        self._session.remove()
        self.engine.dispose()


def _own(connection: Connection, site: str) -> None:
    # The first one owns it, also of several that ask at once.
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    connection.execute(
        dialect.insert(tables.meta)
        .values(key="site", value=site)
        .on_conflict_do_nothing()
    )
    owner = connection.scalar(
        select(tables.meta.c.value).where(tables.meta.c.key == "site")
    )
    if owner != site:
        raise Conflict(
            f"This MWS database belongs to the site {owner}, not to {site}: give each "
            "site a database of its own ({site} in the URL stands for the site's id)."
        )


@contextmanager
def _clear_errors() -> Iterator[None]:
    """What the caller can't help becomes `Unavailable`; the cause stays chained."""
    try:
        yield
    except PoolTimeout as error:
        raise Unavailable(BUSY) from error
    except DBAPIError as error:
        if is_outage(error):
            raise Unavailable(BUSY) from error
        if type(error.orig).__name__ == "InvalidRegularExpression":
            # It was checked, but how much PostgreSQL makes of it is hard to foresee.
            raise Invalid("query: $regex is too complex for the database") from error
        raise


def is_outage(error: SQLAlchemyError) -> bool:
    """Whether the database was locked, full, shut down or out of reach."""
    if not isinstance(error, DBAPIError):
        return False
    name = type(error.orig).__name__
    return error.connection_invalidated or name in (
        "OperationalError",
        "AdminShutdown",
        "DeadlockDetected",
        "LockNotAvailable",
        "QueryCanceled",
        "SerializationFailure",
    )


def _make_engine(url: str, busy_timeout: float) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return _sqlite(url, busy_timeout)
        if parsed.get_backend_name() == "postgresql":
            return _postgresql(url, busy_timeout)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise Unavailable(f"The MWS database's URL can't be used: {error}") from error
    raise Unavailable(
        f"The MWS database's URL names {parsed.get_backend_name()!r}; "
        "sqlite and postgresql are supported."
    )


def _sqlite(url: str, busy_timeout: float) -> Engine:
    engine = create_engine(
        url,
        json_serializer=_dumps,
        json_deserializer=orjson.loads,
        connect_args={"timeout": busy_timeout},
        pool_timeout=busy_timeout,
        # The last one used has the freshest pages.
        pool_use_lifo=True,
    )

    @event.listens_for(engine, "connect")
    def connect(connection: Any, record: Any) -> None:
        # Transactions are ours to begin, see below.
        connection.isolation_level = None
        _write_ahead(connection, busy_timeout)
        # Outlives every crash of ours; a power cut may take the last moments with it,
        # which the leases then put right. Ten times the writes a second.
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")
        sqlite_query.register(connection)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that starts by reading can't become a writer while others write.
        reading = connection.get_execution_options().get("mwsvm_reading")
        try:
            # Straight to the driver: this is a part of every call that we answer.
            driver: Any = connection.connection.driver_connection
            driver.execute("BEGIN" if reading else "BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise OperationalError("BEGIN", None, error) from error

    return engine


class _NoText(Invalid, DontWrapMixin):
    """SQLAlchemy lets it pass as it is."""


def _dumps(value: Any) -> str:
    text = orjson.dumps(value)
    if lenient.has_nul(text):
        # SQLite would keep it, PostgreSQL can't.
        raise _NoText(lenient.NUL)
    return text.decode()


def _write_ahead(connection: Any, busy_timeout: float) -> None:
    # SQLite does not wait for others here, as it does everywhere else.
    deadline = time.monotonic() + busy_timeout
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _postgresql(url: str, busy_timeout: float) -> Engine:
    parsed = make_url(url)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    milliseconds = int(busy_timeout * 1000)
    return create_engine(
        parsed,
        json_serializer=_dumps,
        json_deserializer=orjson.loads,
        pool_pre_ping=True,
        pool_timeout=busy_timeout,
        connect_args={
            "connect_timeout": max(2, int(busy_timeout)),
            # Compiling a query of ours takes longer than it saves.
            "options": f"-c lock_timeout={milliseconds} -c jit=off "
            f"-c statement_timeout={3 * milliseconds}",
        },
    )


class Databases:
    """The databases of this process, one for each URL and site, made when first asked."""

    def __init__(self, make: Callable[[str, str], Database] = Database):
        self._make = make
        self._open: dict[tuple[str, str], Database] = {}
        self._lock = threading.Lock()

    def get(self, url: str, site: str) -> Database:
        """The database at ``url``, in which ``{site}`` stands for the site's id."""
        key = (url, site)
        database = self._open.get(key)
        if database is None:
            with self._lock:
                database = self._open.get(key)
                if database is None:
                    database = self._make(url.replace("{site}", site), site)
                    self._open[key] = database
        return database

    def close(self) -> None:
        """Close them all."""
        with self._lock:
            for database in self._open.values():
                database.close()
            self._open.clear()
