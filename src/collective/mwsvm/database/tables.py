"""The tables of the MWS database. Moments are seconds since the epoch (UTC).

A change here needs a migration in ``migrations/versions``; a test compares both.
"""

from sqlalchemy import BigInteger
from sqlalchemy import Boolean
from sqlalchemy import Column
from sqlalchemy import Double
from sqlalchemy import Index
from sqlalchemy import Integer
from sqlalchemy import JSON
from sqlalchemy import LargeBinary
from sqlalchemy import MetaData
from sqlalchemy import Table
from sqlalchemy import Text
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB


metadata = MetaData()

#: SQLite numbers rows by itself only in an INTEGER key.
_Key = BigInteger().with_variant(Integer, "sqlite")


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


#: Whose database this is: one row, ``site``.
meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", _Key, primary_key=True, autoincrement=True),
    Column("name", Text, unique=True),
    _text("title"),
    Column("start_string", Text, nullable=False),
    _text("machine"),
    Column("priority", Integer, nullable=False, server_default="0"),
    Column("time_limit", Integer),
    Column("retries", Integer, nullable=False, server_default="0"),
    Column("retries_left", Integer, nullable=False, server_default="0"),
    Column("state", Text, nullable=False),
    _text("reason"),
    Column("since", Double, nullable=False),
    Column("submitted", Double, nullable=False),
    Column("modified", Double, nullable=False),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("claim", Text),
    Column("running_on", Text),
    Column("lease_until", Double),
    Column("started", Double),
    Column("ended", Double),
    Column("exit_code", Integer),
    Column("content", Text),
    _text("owner"),
    # 1: machines may take it, 2: those of job_places; 0: something beside the queue
    # keeps it waiting.
    Column("ready", Integer, nullable=False, server_default="1"),
    # The kind of the reason why it is not ready, as the scheduler names it.
    _text("waits"),
    sqlite_autoincrement=True,
)

_queued = text("state = 'queued' AND ready = 1")
_claimed = text("running_on IS NOT NULL")

# The claim reads the first entry of this one, for the machine and for "any machine".
Index(
    "ix_jobs_queue",
    jobs.c.machine,
    jobs.c.priority.desc(),
    jobs.c.modified,
    jobs.c.id,
    sqlite_where=_queued,
    postgresql_where=_queued,
)
# One job at a time on a machine, whatever goes wrong above.
Index(
    "uq_jobs_running_on",
    jobs.c.running_on,
    unique=True,
    sqlite_where=_claimed,
    postgresql_where=_claimed,
)
Index(
    "ix_jobs_lease",
    jobs.c.lease_until,
    sqlite_where=_claimed,
    postgresql_where=_claimed,
)
Index(
    "uq_jobs_content",
    jobs.c.content,
    unique=True,
    sqlite_where=text("content IS NOT NULL"),
    postgresql_where=text("content IS NOT NULL"),
)
Index("ix_jobs_state", jobs.c.state, jobs.c.id)
Index("ix_jobs_machine", jobs.c.machine, jobs.c.id)
# Why jobs wait, counted without looking at a job. Those that are ready are not in it, so
# handing them out costs no more.
_not_ready = text("state = 'queued' AND ready = 0")
Index(
    "ix_jobs_waits",
    jobs.c.state,
    jobs.c.waits,
    jobs.c.id,
    sqlite_where=_not_ready,
    postgresql_where=_not_ready,
)

#: The machines that may take a job, where not any may.
job_places = Table(
    "job_places",
    metadata,
    Column("machine", Text, primary_key=True),
    Column("job", _Key, primary_key=True, autoincrement=False, index=True),
)

attempts = Table(
    "attempts",
    metadata,
    Column("job", _Key, primary_key=True, autoincrement=False),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("machine", Text, nullable=False),
    Column("started", Double, nullable=False),
    Column("ended", Double),
    Column("outcome", Text),
    Column("exit_code", Integer),
    _text("reason"),
    Column("log_kept", BigInteger, nullable=False, server_default="0"),
    Column("log_size", BigInteger, nullable=False, server_default="0"),
)
Index("ix_attempts_machine", attempts.c.machine, attempts.c.started)

log_pieces = Table(
    "log_pieces",
    metadata,
    Column("job", _Key, primary_key=True, autoincrement=False),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("offset", BigInteger, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)

machines = Table(
    "machines",
    metadata,
    Column("uid", Text, primary_key=True),
    _text("title"),
    Column("status", Text, nullable=False),
    _text("reason"),
    Column("since", Double, nullable=False),
    _text("url"),
    Column("launch", Integer, nullable=False, server_default="0"),
    Column("deadline", Double),
    _text("instance_id"),
    _text("reservation_id"),
    _text("instance_state"),
    Column("checked", Double),
    _text("unwanted"),
    Column("kept", Boolean, nullable=False, server_default=text("false")),
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("machine", Text, primary_key=True),
    Column("last_contact", Double),
    _text("agent"),
    _text("test_hash"),
    Column("test_sent", Double),
    Column("response_time", Double),
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", Double, nullable=False),
)

#: The answers to requests that may be sent again: see `rest.repeats`.
repeats = Table(
    "repeats",
    metadata,
    Column("caller", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("answer", Text),
    Column("created", Double, nullable=False, index=True),
)

#: What each plug-in keeps for itself: objects in collections (guide 6.2.7).
plugin_data = Table(
    "plugin_data",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("plugin", Text, nullable=False),
    Column("collection", Text, nullable=False),
    Column("doc", JSON().with_variant(JSONB(), "postgresql"), nullable=False),
    sqlite_autoincrement=True,
)
Index(
    "ix_plugin_data_collection",
    plugin_data.c.plugin,
    plugin_data.c.collection,
    plugin_data.c.id,
)

#: Uploaded code of plug-in types; plug-ins may go on with one that is no longer current.
plugin_packages = Table(
    "plugin_packages",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("current", Boolean, nullable=False),
    Column("uploaded", Double, nullable=False),
    _text("uploaded_by"),
)

#: Names in the order of their code points, in every database.
_Name = Text().with_variant(Text(collation="C"), "postgresql")

#: What each plug-in says of each node, virtual machine and job: see `inventory`.
plugin_reports = Table(
    "plugin_reports",
    metadata,
    Column("kind", _Name, primary_key=True),
    Column("name", _Name, primary_key=True),
    Column("plugin", _Name, primary_key=True),
    Column("doc", JSON, nullable=False),
    Column("layers", JSON(none_as_null=True)),
)
Index(
    "ix_plugin_reports_plugin",
    plugin_reports.c.plugin,
    plugin_reports.c.kind,
    plugin_reports.c.name,
)

#: The last number that each kind of numbered objects has used.
sequences = Table(
    "sequences",
    metadata,
    Column("name", Text, primary_key=True),
    Column("last", BigInteger, nullable=False),
)

#: How often what the scheduler looks at was changed, by triggers: the sum counts. Each
#: writer of PostgreSQL has a row of its own, so that none waits for another.
change_counts = Table(
    "change_counts",
    metadata,
    Column("writer", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
)
