"""Triggers that count the changes of what the scheduler looks at."""

from alembic import op
import sqlalchemy as sa


revision = "0010"
down_revision = "0009"

#: The columns of each table that count when they are updated: leases and the like, which
#: change all the time, do not.
WATCHED = {
    "jobs": (
        "name, machine, priority, time_limit, state, reason, submitted, modified, "
        "attempt, running_on, started, ready"
    ),
    "job_documents": "doc",
    "machines": "title, status",
    "nodes": "doc",
    "plugin_reports": "doc, layers",
    "policies": "doc",
    "reservations": "doc",
    "vcs": "doc",
    "vms": "doc",
}

FUNCTION = """
CREATE OR REPLACE FUNCTION mwsvm_count_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {count};
    RETURN NULL;
END
$$
"""

COUNT = """
INSERT INTO change_counts (writer, number) VALUES ({writer}, 1)
ON CONFLICT (writer) DO UPDATE SET number = change_counts.number + 1
"""


def upgrade() -> None:
    op.create_table(
        "change_counts",
        sa.Column("writer", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("writer"),
    )
    if op.get_bind().dialect.name == "postgresql":
        _postgresql()
    else:
        _sqlite()


def _postgresql() -> None:
    # Once for each statement: those that write many rows are as fast as before.
    op.execute(FUNCTION.format(count=COUNT.format(writer="pg_backend_pid()")))
    for table, columns in WATCHED.items():
        op.execute(
            f"CREATE TRIGGER count_{table} AFTER INSERT OR DELETE OR UPDATE OF {columns} "
            f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION mwsvm_count_change()"
        )


def _sqlite() -> None:
    # There is one writer at a time anyway.
    count = COUNT.format(writer="0")
    for table, columns in WATCHED.items():
        events = {"INSERT": "", "DELETE": "", "UPDATE": f"OF {columns}"}
        for event, of in events.items():
            op.execute(
                f"CREATE TRIGGER count_{table}_{event.lower()} AFTER {event} {of} "
                f"ON {table} {_when(table, event)} BEGIN {count}; END"
            )


def _when(table: str, event: str) -> str:
    # The reports of nodes and machines become documents, which are watched.
    if table != "plugin_reports":
        return ""
    return f"WHEN {'OLD' if event == 'DELETE' else 'NEW'}.kind = 'job'"
