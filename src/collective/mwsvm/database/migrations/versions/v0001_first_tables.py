"""The first tables: jobs with attempts and logs, machines, heartbeats, leases."""

from alembic import op
import sqlalchemy as sa


revision = "0001"
down_revision = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "attempts",
        sa.Column("job", KEY, autoincrement=False, nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("machine", sa.Text(), nullable=False),
        sa.Column("started", sa.Double(), nullable=False),
        sa.Column("ended", sa.Double(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("log_kept", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("log_size", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("job", "attempt"),
    )
    op.create_index(
        "ix_attempts_machine", "attempts", ["machine", "started"], unique=False
    )
    op.create_table(
        "heartbeats",
        sa.Column("machine", sa.Text(), nullable=False),
        sa.Column("last_contact", sa.Double(), nullable=True),
        sa.Column("agent", sa.Text(), server_default="", nullable=False),
        sa.Column("test_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("test_sent", sa.Double(), nullable=True),
        sa.Column("response_time", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("machine"),
    )
    op.create_table(
        "jobs",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("start_string", sa.Text(), nullable=False),
        sa.Column("machine", sa.Text(), server_default="", nullable=False),
        sa.Column("priority", sa.Integer(), server_default="0", nullable=False),
        sa.Column("time_limit", sa.Integer(), nullable=True),
        sa.Column("retries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("retries_left", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.Column("submitted", sa.Double(), nullable=False),
        sa.Column("modified", sa.Double(), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("claim", sa.Text(), nullable=True),
        sa.Column("running_on", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.Double(), nullable=True),
        sa.Column("started", sa.Double(), nullable=True),
        sa.Column("ended", sa.Double(), nullable=True),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_jobs_lease",
        "jobs",
        ["lease_until"],
        unique=False,
        sqlite_where=sa.text("running_on IS NOT NULL"),
        postgresql_where=sa.text("running_on IS NOT NULL"),
    )
    op.create_index("ix_jobs_machine", "jobs", ["machine", "id"], unique=False)
    op.create_index(
        "ix_jobs_queue",
        "jobs",
        ["machine", sa.text("priority DESC"), "modified", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index("ix_jobs_state", "jobs", ["state", "id"], unique=False)
    op.create_index(
        "uq_jobs_content",
        "jobs",
        ["content"],
        unique=True,
        sqlite_where=sa.text("content IS NOT NULL"),
        postgresql_where=sa.text("content IS NOT NULL"),
    )
    op.create_index(
        "uq_jobs_running_on",
        "jobs",
        ["running_on"],
        unique=True,
        sqlite_where=sa.text("running_on IS NOT NULL"),
        postgresql_where=sa.text("running_on IS NOT NULL"),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "log_pieces",
        sa.Column("job", KEY, autoincrement=False, nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("offset", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("job", "attempt", "offset"),
    )
    op.create_table(
        "machines",
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.Column("url", sa.Text(), server_default="", nullable=False),
        sa.Column("launch", sa.Integer(), server_default="0", nullable=False),
        sa.Column("deadline", sa.Double(), nullable=True),
        sa.Column("instance_id", sa.Text(), server_default="", nullable=False),
        sa.Column("reservation_id", sa.Text(), server_default="", nullable=False),
        sa.Column("instance_state", sa.Text(), server_default="", nullable=False),
        sa.Column("checked", sa.Double(), nullable=True),
        sa.Column("unwanted", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "kept", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
