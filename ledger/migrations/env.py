"""How Alembic is run: always by `ledger.connect.upgrade`, on a connection whose transaction and lock it holds."""

from alembic import context

from ledger.connect import VERSION_TABLE
from ledger.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
