"""What Alembic runs to migrate: on the connection it is handed, in the transaction that is already open."""

from alembic import context

from bot.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,  # the transaction is `migrate`'s; Alembic neither begins nor ends one
)
context.run_migrations()
