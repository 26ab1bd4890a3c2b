"""Policies, once they have been changed."""

from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
import sqlalchemy as sa


revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    text = sa.Text(collation="C") if postgresql else sa.Text()
    op.create_table(
        "policies",
        sa.Column("id", text, nullable=False),
        sa.Column("doc", JSONB() if postgresql else sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    if postgresql:
        op.create_index(
            "ix_policies_doc",
            "policies",
            ["doc"],
            postgresql_using="gin",
            postgresql_ops={"doc": "jsonb_path_ops"},
        )
