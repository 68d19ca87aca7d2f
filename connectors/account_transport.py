"""The transport of one account of one party, as every connector opens it: clocks, patience and place are the ports'."""

import random
from collections.abc import Iterable

import httpx

from connectors.ad_platform import AccountRef, Ports
from connectors.transport import Authorise, Judge, RetryPolicy, Transport, Watch


def account_transport(
    account: AccountRef,
    ports: Ports,
    *,
    authorise: Authorise,
    judge: Judge,
    secrets: Iterable[str],
    policy: RetryPolicy | None = None,
    client: httpx.Client | None = None,
    rng: random.Random | None = None,
    watch: Watch = lambda reply: None,
) -> Transport:
    return Transport(
        party=account.party,
        account_id=account.account_id,
        base_url=ports.base_url,
        authorise=authorise,
        judge=judge,
        clock=ports.wall_clock,
        sleep=ports.sleep,
        timeout_seconds=ports.timeout_seconds,
        rng=rng or random.Random(),
        client=client,
        policy=policy,
        secrets=secrets,
        watch=watch,
        on_progress=ports.on_progress,
    )
