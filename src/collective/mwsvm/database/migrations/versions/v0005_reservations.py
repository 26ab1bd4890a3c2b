"""Reservations, virtual containers, and the numbers in their ids."""

from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
import sqlalchemy as sa


revision = "0005"
down_revision = "0004"

#: Columns and where they are in the documents.
RESERVATIONS = {
    "start_date": "startDate",
    "end_date": "endDate",
    "unique_index": "uniqueIndex",
}


def upgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "sequences",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    _collection("reservations", RESERVATIONS, postgresql)
    _collection("vcs", {}, postgresql)
    op.create_index("ix_reservations_end_date", "reservations", ["end_date"])
    op.create_index("ix_reservations_unique_index", "reservations", ["unique_index"])


def _collection(name: str, columns: dict[str, str], postgresql: bool) -> None:
    text = sa.Text(collation="C") if postgresql else sa.Text()
    at = _in_jsonb if postgresql else _in_text
    op.create_table(
        name,
        sa.Column("id", text, nullable=False),
        sa.Column("doc", JSONB() if postgresql else sa.JSON(), nullable=False),
        *(
            sa.Column(column, text, sa.Computed(at(path), True))
            for column, path in columns.items()
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    if postgresql:
        op.create_index(
            f"ix_{name}_doc",
            name,
            ["doc"],
            postgresql_using="gin",
            postgresql_ops={"doc": "jsonb_path_ops"},
        )


def _in_jsonb(name: str) -> str:
    path = f"{{{name}}}"
    return f"CASE jsonb_typeof(doc #> '{path}') WHEN 'string' THEN doc #>> '{path}' END"


def _in_text(name: str) -> str:
    path = f'$."{name}"'
    return (
        f"CASE WHEN json_type(doc, '{path}') IN ('text') "
        f"THEN json_extract(doc, '{path}') END"
    )
