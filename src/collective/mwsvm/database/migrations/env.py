"""Run by Alembic: the migrations on the connection that ``migrate.upgrade`` holds."""

from alembic import context
from collective.mwsvm.database.tables import metadata


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=False,
)
context.run_migrations()
