"""What Alembic runs to migrate: on the connection it is handed, in the transaction that is already open."""

from alembic import context

from bot.store import client_tables, tables  # noqa: F401  # both halves of the schema are in the metadata then
from bot.store.columns import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,  # the transaction is `migrate`'s; Alembic neither begins nor ends one
)
context.run_migrations()
