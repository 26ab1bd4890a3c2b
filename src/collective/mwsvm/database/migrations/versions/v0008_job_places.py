"""The machines that may take a job, where not any may; a user's active jobs."""

from alembic import op
import sqlalchemy as sa


revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "job_places",
        sa.Column("machine", sa.Text(), nullable=False),
        sa.Column("job", number, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("machine", "job"),
    )
    op.create_index("ix_job_places_job", "job_places", ["job"])
    columns = ["credentials_user", "is_active", "dates_submit_date", "id"]
    name = f"ix_job_documents_{'_'.join(columns)}"[:63]
    op.create_index(name, "job_documents", columns)
