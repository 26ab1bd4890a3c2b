"""Plug-ins, what they keep for themselves, and the uploaded code of their types."""

from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
import sqlalchemy as sa


revision = "0004"
down_revision = "0003"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    document = JSONB() if postgresql else sa.JSON()
    _plugins(document, postgresql)
    op.create_table(
        "plugin_data",
        sa.Column("id", KEY, nullable=False),
        sa.Column("plugin", sa.Text(), nullable=False),
        sa.Column("collection", sa.Text(), nullable=False),
        sa.Column("doc", document, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_plugin_data_collection", "plugin_data", ["plugin", "collection", "id"]
    )
    op.create_table(
        "plugin_packages",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("uploaded", sa.Double(), nullable=False),
        sa.Column("uploaded_by", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )


def _plugins(document: sa.JSON, postgresql: bool) -> None:
    text = sa.Text(collation="C") if postgresql else sa.Text()
    at = _in_jsonb if postgresql else _in_text
    op.create_table(
        "plugins",
        sa.Column("id", text, nullable=False),
        sa.Column("doc", document, nullable=False),
        sa.Column(
            "plugin_type", text, sa.Computed(at("pluginType"), True), nullable=False
        ),
        sa.Column("state", text, sa.Computed(at("state"), True)),
        *(
            sa.Column(name, sa.Numeric(), sa.Computed(at(path, number=True), True))
            for name, path in (("next_poll", "nextPoll"), ("precedence", "precedence"))
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_plugins_next_poll", "plugins", ["next_poll"])
    op.create_index("uq_plugins_precedence", "plugins", ["precedence"], unique=True)
    if postgresql:
        op.create_index(
            "ix_plugins_doc",
            "plugins",
            ["doc"],
            postgresql_using="gin",
            postgresql_ops={"doc": "jsonb_path_ops"},
        )


def _in_jsonb(name: str, number: bool = False) -> str:
    kind, value = "string", f"doc #>> '{{{name}}}'"
    if number:
        kind, value = "number", f"CAST({value} AS NUMERIC)"
    return f"CASE jsonb_typeof(doc #> '{{{name}}}') WHEN '{kind}' THEN {value} END"


def _in_text(name: str, number: bool = False) -> str:
    path = f'$."{name}"'
    kinds = "'integer', 'real'" if number else "'text'"
    return (
        f"CASE WHEN json_type(doc, '{path}') IN ({kinds}) "
        f"THEN json_extract(doc, '{path}') END"
    )
