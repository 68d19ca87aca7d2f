"""The product's own Postgres as the rest of Weir knows it: an account is a database, mapped in `product.yml`."""

from collections.abc import Sequence

from connectors.ad_platform import AccountRef, CredentialField, LookBack, PartySpec, Ports, Reports
from connectors.asking import Question
from connectors.product.schemas import PARTY, SCHEMAS


# Imported when somebody asks: whoever only needs to know of this party does not pay for a database driver.
def _reports(account: AccountRef, ports: Ports) -> Reports:
    from connectors.product_db.reports import ProductDbReports

    return ProductDbReports(account, ports)


def _questions(account: AccountRef, ports: Ports) -> Sequence[Question]:
    from connectors.product_db.reports import questions

    return questions(account, ports)


PRODUCT_DB = PartySpec(
    party=PARTY,
    title="Product database",
    env_prefix="PRODUCT_DB",
    base_url=None,
    credentials=(
        CredentialField(suffix="ID", description="A name for the database; product.yml has a block of this name."),
        CredentialField(
            suffix="URL", description="postgresql://user:password@host:port/database, of a user who may only read."
        ),
    ),
    look_back=LookBack(days=1, hot_days=1),  # rows say themselves when they changed
    schemas=SCHEMAS,
    reports=_reports,
    questions=_questions,
    paced_by=(),
)
