"""How `weir demo` ends: a short table of what happened, where the pictures are, and what to open next."""

from decimal import Decimal
from typing import Any

from actions.summarise import PlatformSummary, StreamSummary
from apps.cli.demo_story import Played
from apps.cli.output import say, show_json, show_table
from apps.cli.stages import Stages
from weir.home import Home


def show_played(played: Played, *, home: Home, stages: Stages, timings: bool, as_json: bool) -> None:
    if as_json:
        show_json(_told(played, home=home, stages=stages))
        return
    rows = [_row(each) for each in played.summary.platforms]
    columns = ["platform", "accounts", "rows", "ad-days", "spend", "in USD", "claimed", "restated", "quarantined"]
    show_table(columns, rows, title=f"{played.practice.days} days of a practice world, and two more of daily life")
    show_table(
        ["what else flowed in", "landed", "kept", "duplicates", "quarantined"],
        [_stream_row(each) for each in played.summary.streams],
    )
    say(
        f"The product sent {sum(played.product.sent.values()):,} events and touches to the collector, some of them "
        "twice and some late; each is there once, under its own day. Whop sent it "
        f"{played.webhooks:,} signed webhooks."
    )
    runs, checks, trouble = played.runs, played.checks, played.trouble
    say(
        f"\n{played.summary.restated_ad_days} ad-days were said again after they were first told; "
        "every version is kept, with the instants it held between."
    )
    recovered = "recovered a day later, with nothing lost" if trouble.recovered else "has not recovered"
    say(f"{trouble.account.party} {trouble.account.account_id} failed on purpose, and {recovered}. It had said:")
    say(f"  {trouble.said}")
    say(f"Dagster: {runs['succeeded']} runs succeeded, {runs['failed']} failed; {_checks(checks)}.")
    for line in played.failed_checks:
        say(f"  {line}")
    say("\nPictures: " + "  ".join(str(path) for path in played.pictures))
    say('Ask it:   weir query "select * from fct_spend_daily limit 10"')
    say("Open it:  `make up` (or `weir up`) serves Dagster at http://127.0.0.1:3000 with all of these runs.")
    if timings:
        show_table(
            ["stage", "seconds"], [(name, f"{seconds:.1f}") for name, seconds in _timings(stages)], title="\nTimes"
        )


def _checks(checks: Any) -> str:
    return f"{checks['passed']} checks passed, {checks['failed']} failed"


def _timings(stages: Stages) -> list[tuple[str, float]]:
    return [*stages.took, ("in all", sum(seconds for _, seconds in stages.took))]


def _row(each: PlatformSummary) -> tuple[object, ...]:
    local = "\n".join(f"{amount:,.2f} {currency}" for currency, amount in each.spend_local.items())
    return (
        each.platform,
        each.accounts,
        f"{each.landed_rows:,}",
        f"{each.ad_days:,}",
        local,
        _amount(each.spend_usd) if each.spend_local else "",
        _amount(each.reported_conversions, places=0),
        f"{each.restated_ad_days:,}",
        each.quarantined_rows,
    )


def _stream_row(each: StreamSummary) -> tuple[object, ...]:
    counts = (each.counts.landed, each.counts.raw, each.counts.duplicates, each.counts.quarantined)
    return (f"{each.party}/{each.entity}", *(f"{count:,}" for count in counts))


def _amount(amount: Decimal | None, *, places: int = 2) -> str:
    return "" if amount is None else f"{amount:,.{places}f}"


def _told(played: Played, *, home: Home, stages: Stages) -> dict[str, Any]:
    trouble = played.trouble
    return {
        "home": home.root,
        "scenario": played.practice.scenario,
        "seed": played.practice.seed,
        "now": played.practice.now,
        "platforms": played.summary.platforms,
        "streams": played.summary.streams,
        "product": {"brought": played.product.brought, "sent": played.product.sent},
        "webhooks": played.webhooks,
        "restated_ad_days": played.summary.restated_ad_days,
        "trouble": {
            "platform": trouble.account.party,
            "account": trouble.account.account_id,
            "said": trouble.said,
            "recovered": trouble.recovered,
        },
        "runs": played.runs,
        "checks": {**played.checks, "failures": played.failed_checks},
        "pictures": played.pictures,
        "seconds": dict(_timings(stages)),
    }
