"""What may be done for real, where: one table, each row naming what it flips."""

import pytest

from weir.environments import DEV, ENVIRONMENTS, PRODUCTION, STAGING, Deed, Environment, May, reasons_against

CLOCK = "http://127.0.0.1:8765/sim/clock"
SIMULATOR = "http://127.0.0.1:8765"
REAL = "https://ads.example.com"
OUTWARD = (Deed.WRITE, Deed.SPEND, Deed.SEND)


def reasons(
    deed: Deed,
    environment: Environment,
    *,
    dry_run: bool = False,
    live: bool = True,
    clock: str | None = None,
    target: str | None = REAL,
) -> tuple[str, ...]:
    return reasons_against(
        deed, environment=environment, dry_run=dry_run, live=live, practice_clock_url=clock, target=target
    )


@pytest.mark.parametrize("deed", OUTWARD)
@pytest.mark.parametrize("environment", [DEV, STAGING])
def test_outside_production_nothing_goes_out_whatever_is_switched_on(deed: Deed, environment: Environment) -> None:
    assert reasons(deed, environment) == (f"{environment.name} never {deed}s outside the practice world",)


@pytest.mark.parametrize("deed", OUTWARD)
def test_production_needs_both_switches(deed: Deed) -> None:
    assert reasons(deed, PRODUCTION) == ()
    assert [*reasons(deed, PRODUCTION, live=False)] == [
        f"production {deed}s only with the explicit switch WEIR_LIVE=true"
    ]
    assert [*reasons(deed, PRODUCTION, dry_run=True)] == ["this is a dry run (WEIR_DRY_RUN is on)"]
    assert len(reasons(deed, PRODUCTION, dry_run=True, live=False)) == 2  # every reason, not the first


def test_schedules_run_in_staging_and_production_even_in_a_dry_run() -> None:
    assert reasons(Deed.SCHEDULE, DEV) == ("dev never schedules outside the practice world",)
    assert reasons(Deed.SCHEDULE, STAGING, dry_run=True, live=False) == ()
    assert reasons(Deed.SCHEDULE, PRODUCTION, dry_run=True, live=False) == ()


@pytest.mark.parametrize("deed", OUTWARD)
@pytest.mark.parametrize("environment", [DEV, STAGING, PRODUCTION])
@pytest.mark.parametrize(
    ("target", "allowed"),
    [
        (SIMULATOR, True),
        (f"{SIMULATOR}/v26.0", True),
        ("http://127.0.0.1:9999", False),
        ("https://127.0.0.1:8765", False),
        (REAL, False),
        (None, False),
    ],
)
def test_in_practice_everything_is_allowed_but_only_towards_the_simulator(
    deed: Deed, environment: Environment, target: str | None, allowed: bool
) -> None:
    assert (reasons(deed, environment, live=False, clock=CLOCK, target=target) == ()) is allowed


def test_a_dry_run_holds_in_practice_too() -> None:
    assert reasons(Deed.WRITE, DEV, dry_run=True, clock=CLOCK, target=SIMULATOR) == (
        "this is a dry run (WEIR_DRY_RUN is on)",
    )


def test_the_default_port_is_the_same_origin() -> None:
    assert (
        reasons(Deed.WRITE, DEV, clock="http://sim.example.com/sim/clock", target="http://sim.example.com:80/x") == ()
    )


def test_every_environment_says_yes_or_no_to_every_deed() -> None:
    table = {name: [environment.may(deed) for deed in Deed] for name, environment in ENVIRONMENTS.items()}
    assert table == {
        "dev": [May.NEVER, May.NEVER, May.NEVER, May.NEVER],
        "staging": [May.NEVER, May.ALWAYS, May.NEVER, May.NEVER],
        "production": [May.SWITCHED, May.ALWAYS, May.SWITCHED, May.SWITCHED],
    }
