"""The first collections of the MWS resources."""

from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
import sqlalchemy as sa


revision = "0002"
down_revision = "0001"

EVENT_INDEXES = [
    ("event_time", "id"),
    ("event_type", "event_time", "id"),
    ("event_type", "status", "event_time", "id"),
    ("status", "event_time", "id"),
    ("initiated_by_proxy_user", "event_time", "id"),
    ("primary_object_id", "event_time", "id"),
]

#: What is in every document.
REQUIRED = {
    ("events", "event_time"),
    ("events", "event_type"),
    ("images", "name"),
    ("permissions", "type"),
    ("principals", "name"),
    ("roles", "name"),
    ("service_templates", "name"),
    ("reports", "name"),
    ("datapoints", "end_date"),
}


def upgrade() -> None:
    _collection(
        "events",
        {
            "event_time": "eventTime",
            "event_type": "eventType",
            "event_category": "eventCategory",
            "status": "status",
            "facility": "facility",
            "initiated_by_proxy_user": "initiatedBy.proxyUser",
            "primary_object_id": "primaryObject.id",
        },
        EVENT_INDEXES,
    )
    for name in ("images", "principals", "roles", "service_templates"):
        _collection(name, {"name": "name"}, unique="name")
    _collection("permissions", {"type": "type"})
    _collection(
        "reports",
        {"name": "name"},
        [("next_end",)],
        unique="name",
        numbers={"next_end": "nextEnd"},
    )
    for name, moment, path in (
        ("datapoints", "end_date", "endDate"),
        ("samples", "timestamp", "timestamp"),
    ):
        _collection(
            name, {"report": "report", moment: path}, [("report", moment, "id")]
        )
    op.create_table(
        "repeats",
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("created", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("caller", "key"),
    )
    op.create_index("ix_repeats_created", "repeats", ["created"])


def _collection(name, texts, indexes=(), unique=None, numbers=None) -> None:  # type: ignore[no-untyped-def]
    postgresql = op.get_bind().dialect.name == "postgresql"
    text = sa.Text(collation="C") if postgresql else sa.Text()
    op.create_table(
        name,
        sa.Column("id", text, nullable=False),
        sa.Column("doc", JSONB() if postgresql else sa.JSON(), nullable=False),
        *(
            sa.Column(
                column,
                text,
                sa.Computed(_text(path, postgresql), True),
                nullable=(name, column) not in REQUIRED,
            )
            for column, path in texts.items()
        ),
        *(
            sa.Column(
                column, sa.Numeric(), sa.Computed(_number(path, postgresql), True)
            )
            for column, path in (numbers or {}).items()
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    for columns in indexes:
        op.create_index(f"ix_{name}_{'_'.join(columns)}", name, columns)
    if unique:
        op.create_index(f"uq_{name}_{unique}", name, [unique], unique=True)
    if postgresql:
        op.create_index(
            f"ix_{name}_doc",
            name,
            ["doc"],
            postgresql_using="gin",
            postgresql_ops={"doc": "jsonb_path_ops"},
        )


def _text(path: str, postgresql: bool) -> str:
    if postgresql:
        steps = "{" + path.replace(".", ",") + "}"
        return (
            f"CASE jsonb_typeof(doc #> '{steps}') WHEN 'string' "
            f"THEN doc #>> '{steps}' END"
        )
    steps = "$" + "".join(f'."{step}"' for step in path.split("."))
    return (
        f"CASE WHEN json_type(doc, '{steps}') IN ('text') "
        f"THEN json_extract(doc, '{steps}') END"
    )


def _number(path: str, postgresql: bool) -> str:
    if postgresql:
        steps = "{" + path.replace(".", ",") + "}"
        return (
            f"CASE jsonb_typeof(doc #> '{steps}') WHEN 'number' "
            f"THEN CAST(doc #>> '{steps}' AS NUMERIC) END"
        )
    steps = "$" + "".join(f'."{step}"' for step in path.split("."))
    return (
        f"CASE WHEN json_type(doc, '{steps}') IN ('integer', 'real') "
        f"THEN json_extract(doc, '{steps}') END"
    )
