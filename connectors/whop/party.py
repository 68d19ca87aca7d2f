"""Whop as the rest of Weir knows it: its name, credentials, look-back and entities, and how to open an account."""

from connectors.ad_platform import AccountRef, CredentialField, LookBack, PartySpec, Ports
from connectors.whop.client import WhopClient
from connectors.whop.control import WhopControl
from connectors.whop.reports import WhopReports, questions
from connectors.whop.schemas import PARTY, PAYMENTS, SCHEMAS


def _reports(account: AccountRef, ports: Ports) -> WhopReports:
    return WhopReports(WhopClient(account, ports))


def control(account: AccountRef, ports: Ports) -> WhopControl:
    """What can be changed at Whop."""
    return WhopControl(WhopClient(account, ports))


WHOP = PartySpec(
    party=PARTY,
    title="Whop",
    env_prefix="WHOP",
    base_url="https://api.whop.com",
    credentials=(
        CredentialField(suffix="ID", description="The account, biz_…"),
        CredentialField(
            suffix="KEY",
            description="An API key of the account that may read payments, memberships, members and their e-mail.",
        ),
    ),
    look_back=LookBack(
        days=35, hot_days=3
    ),  # refunds and disputes come for weeks; webhooks tell what changed meanwhile
    schemas=SCHEMAS,
    reports=_reports,
    questions=questions,
    paced_by=(PAYMENTS.entity,),
)
