"""Where exchange rates and prices are fetched: any address that answers with a file as people bring it."""

from collections.abc import Sequence

from connectors.ad_platform import AccountRef, CredentialField, LookBack, PartySpec, Ports, Reports
from connectors.asking import Question
from connectors.markets.schemas import FX_RATES, PARTY, PRICES, SCHEMAS

_ADDRESS = "An address that answers with {what} as CSV, JSON or Parquet; {{since}} and {{until}} in it become days"


# Imported when somebody asks: whoever only needs to know of this party does not pay for Arrow.
def _reports(account: AccountRef, ports: Ports) -> Reports:
    from connectors.markets.reports import MarketsReports

    return MarketsReports(account, ports)


def _questions(account: AccountRef, ports: Ports) -> Sequence[Question]:
    from connectors.markets.reports import questions

    return questions(account, ports)


MARKETS = PartySpec(
    party=PARTY,
    title="Markets",
    env_prefix="MARKETS",
    base_url=None,
    credentials=(
        CredentialField(suffix="ID", description="A name for whoever publishes the rates or prices."),
        CredentialField(
            suffix="FX_RATES_URL", description=_ADDRESS.format(what="date, currency, usd_per_unit"), required=False
        ),
        CredentialField(suffix="PRICES_URL", description=_ADDRESS.format(what="symbol, at, price_usd"), required=False),
        CredentialField(suffix="TOKEN", description="Sent along as a bearer token.", required=False),
    ),
    look_back=LookBack(days=7, hot_days=2),  # rates of a week-end or a holiday are often published later
    schemas=SCHEMAS,
    reports=_reports,
    questions=_questions,
    paced_by=(FX_RATES.entity, PRICES.entity),
)
