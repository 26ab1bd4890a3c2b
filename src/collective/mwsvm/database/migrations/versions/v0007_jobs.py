"""The guide's objects of jobs, and whether machines may take a job."""

from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
import sqlalchemy as sa


revision = "0007"
down_revision = "0006"

TEXTS = {
    "name": ("name",),
    "states_state": ("states", "state"),
    "credentials_user": ("credentials", "user"),
    "dates_submit_date": ("dates", "submitDate"),
    "custom_name": ("customName",),
    "array_master_name": ("arrayMasterName",),
}

INDEXES = [
    ("is_active", "id"),
    ("is_active", "dates_submit_date", "id"),
    ("states_state", "id"),
    ("credentials_user", "dates_submit_date", "id"),
    ("dates_submit_date", "id"),
    ("custom_name", "id"),
    ("array_master_name", "id"),
]


def upgrade() -> None:
    _ready()
    _documents(op.get_bind().dialect.name == "postgresql")


def _ready() -> None:
    op.add_column(
        "jobs", sa.Column("ready", sa.Integer(), nullable=False, server_default="1")
    )
    op.drop_index("ix_jobs_queue", "jobs")
    where = sa.text("state = 'queued' AND ready = 1")
    op.create_index(
        "ix_jobs_queue",
        "jobs",
        ["machine", sa.text("priority DESC"), "modified", "id"],
        sqlite_where=where,
        postgresql_where=where,
    )


def _documents(postgresql: bool) -> None:
    text = sa.Text(collation="C") if postgresql else sa.Text()
    at = _in_jsonb if postgresql else _in_text
    op.create_table(
        "job_documents",
        sa.Column("id", text, nullable=False),
        sa.Column("doc", JSONB() if postgresql else sa.JSON(), nullable=False),
        *(
            sa.Column(column, text, sa.Computed(at(steps), True))
            for column, steps in TEXTS.items()
        ),
        sa.Column("is_active", sa.Boolean(), sa.Computed(_active(postgresql), True)),
        sa.PrimaryKeyConstraint("id"),
    )
    for columns in INDEXES:
        name = f"ix_job_documents_{'_'.join(columns)}"
        op.create_index(name, "job_documents", columns)
    op.create_index("uq_job_documents_name", "job_documents", ["name"], unique=True)
    if postgresql:
        op.create_index(
            "ix_job_documents_doc",
            "job_documents",
            ["doc"],
            postgresql_using="gin",
            postgresql_ops={"doc": "jsonb_path_ops"},
        )


def _active(postgresql: bool) -> str:
    if postgresql:
        return (
            "CASE jsonb_typeof(doc #> '{isActive}') WHEN 'boolean' "
            "THEN CAST(doc #>> '{isActive}' AS BOOLEAN) END"
        )
    return (
        "CASE WHEN json_type(doc, '$.\"isActive\"') IN ('true', 'false') "
        "THEN json_extract(doc, '$.\"isActive\"') END"
    )


def _in_jsonb(steps: tuple[str, ...]) -> str:
    path = "{" + ",".join(steps) + "}"
    return f"CASE jsonb_typeof(doc #> '{path}') WHEN 'string' THEN doc #>> '{path}' END"


def _in_text(steps: tuple[str, ...]) -> str:
    path = "$" + "".join(f'."{step}"' for step in steps)
    return (
        f"CASE WHEN json_type(doc, '{path}') IN ('text') "
        f"THEN json_extract(doc, '{path}') END"
    )
