"""What plug-ins report, and the nodes and virtual machines that are made of it."""

from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
import sqlalchemy as sa


revision = "0003"
down_revision = "0002"

#: Columns and where they are in the documents.
BOTH = {
    "name": ("name",),
    "states_state": ("states", "state"),
    "states_power_state": ("states", "powerState"),
}


def upgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    text = sa.Text(collation="C") if postgresql else sa.Text()
    op.create_table(
        "plugin_reports",
        sa.Column("kind", text, nullable=False),
        sa.Column("name", text, nullable=False),
        sa.Column("plugin", text, nullable=False),
        sa.Column("doc", sa.JSON(), nullable=False),
        sa.Column("layers", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("kind", "name", "plugin"),
    )
    op.create_index(
        "ix_plugin_reports_plugin", "plugin_reports", ["plugin", "kind", "name"]
    )
    nodes = {**BOTH, "partition": ("partition",)}
    vms = {**BOTH, "host_name": ("host", "name")}
    _collection("nodes", nodes, text, postgresql)
    _collection("vms", vms, text, postgresql)


def _collection(  # type: ignore[no-untyped-def]
    name: str, columns: dict[str, tuple[str, ...]], text, postgresql: bool
) -> None:
    at = _in_jsonb if postgresql else _in_text
    op.create_table(
        name,
        sa.Column("id", text, nullable=False),
        sa.Column("doc", JSONB() if postgresql else sa.JSON(), nullable=False),
        *(
            sa.Column(
                column, text, sa.Computed(at(steps), True), nullable=column != "name"
            )
            for column, steps in columns.items()
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in columns:
        if column != "name":
            op.create_index(f"ix_{name}_{column}_id", name, [column, "id"])
    op.create_index(f"uq_{name}_name", name, ["name"], unique=True)
    if postgresql:
        op.create_index(
            f"ix_{name}_doc",
            name,
            ["doc"],
            postgresql_using="gin",
            postgresql_ops={"doc": "jsonb_path_ops"},
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
