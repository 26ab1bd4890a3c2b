"""The kinds of the reasons why jobs wait, beside the reasons."""

from alembic import op
import sqlalchemy as sa


revision = "0009"
down_revision = "0008"

#: The kind of reason that the document of a job has.
KINDS = {
    "sqlite": "json_extract(doc, '$.blocks[0].type')",
    "postgresql": "doc #>> '{blocks,0,type}'",
}

NOT_READY = "state = 'queued' AND ready = 0"


def upgrade() -> None:
    op.add_column(
        "jobs", sa.Column("waits", sa.Text(), nullable=False, server_default="")
    )
    op.execute(backfill(op.get_bind().dialect.name))
    op.create_index(
        "ix_jobs_waits",
        "jobs",
        ["state", "waits", "id"],
        sqlite_where=sa.text(NOT_READY),
        postgresql_where=sa.text(NOT_READY),
    )


def backfill(dialect: str) -> str:
    """The statement that gives jobs that wait already their kinds."""
    kind = (
        f"SELECT {KINDS[dialect]} FROM job_documents "  # noqa: S608 - constants
        "WHERE job_documents.name = jobs.name"
    )
    return f"UPDATE jobs SET waits = coalesce(({kind}), '') WHERE {NOT_READY}"  # noqa: S608
