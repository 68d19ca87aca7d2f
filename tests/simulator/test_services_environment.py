"""One list of variables says where everything is and with which key: a client that is given nothing else gets in."""

import smtplib
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from anthropic import Anthropic
from whop_sdk import Whop
from whop_sdk.environment import WhopEnvironment

from connectors.registry import AD_PLATFORMS, OTHER_PARTIES
from simulator.serving import Sim, serve
from simulator.world.scenario import TINY
from weir.accounts import configured_accounts

SMALL = replace(TINY, history_days=3, people=1_000)


@pytest.fixture(scope="module")
def sim() -> Iterator[Sim]:
    with serve(scenario=SMALL, seed=3, database="postgresql://shop@127.0.0.1/shop") as running:
        yield running


@pytest.fixture(scope="module")
def told(sim: Sim) -> dict[str, str]:
    return sim.environment()


def test_every_party_finds_its_accounts_and_no_variable_means_nothing(told: dict[str, str]) -> None:
    for party in (*AD_PLATFORMS, *OTHER_PARTIES):
        required = [field.suffix for field in party.credentials if field.required]
        optional = [field.suffix for field in party.credentials if not field.required]
        found = configured_accounts(told, env_prefix=party.env_prefix, required=required, optional=optional)
        assert found.problems == ()
        assert found.accounts


def test_whops_client_gets_in(told: dict[str, str]) -> None:
    api = WhopEnvironment(api=f"{told['WHOP_BASE_URL']}/api/v1", vault="")
    whop = Whop(token=told["WHOP_ACCOUNT_1_KEY"], environment=api)
    (first,) = list(whop.payments.list(first=100, account_id=told["WHOP_ACCOUNT_1_ID"]))[:1]
    assert first.account_id == told["WHOP_ACCOUNT_1_ID"]


def test_the_collectors_secret_is_the_first_webhooks(told: dict[str, str]) -> None:
    headers = {"authorization": f"Bearer {told['WHOP_ACCOUNT_1_KEY']}"}
    made = httpx.post(f"{told['WHOP_BASE_URL']}/api/v1/webhooks", json={"url": "http://127.0.0.1:9/x"}, headers=headers)
    assert made.json()["webhook_secret"] == told["WEIR_COLLECTOR_WHOP_SECRET"]


def test_claudes_client_gets_in(told: dict[str, str]) -> None:
    with Anthropic(api_key=told["ANTHROPIC_API_KEY"], base_url=told["ANTHROPIC_BASE_URL"]) as claude:
        assert claude.models.list().data


def test_mail_goes_out_both_ways(sim: Sim, told: dict[str, str]) -> None:
    context = ssl.create_default_context(cadata=httpx.get(f"{sim.base_url}/sim/mail/certificate").text)
    with smtplib.SMTP(told["SMTP_HOST"], int(told["SMTP_PORT"]), timeout=10) as smtp:
        smtp.starttls(context=context)
        smtp.login(told["SMTP_USER"], told["SMTP_PASSWORD"])
        smtp.sendmail("a@larkspur.example", ["b@elsewhere.example"], b"Subject: one\r\n\r\nx")
    letter = {"from": "a@larkspur.example", "to": "b@elsewhere.example", "subject": "two", "text": "x"}
    headers = {"authorization": f"Bearer {told['RESEND_API_KEY']}"}
    httpx.post(f"{told['RESEND_BASE_URL']}/emails", json=letter, headers=headers).raise_for_status()
    assert [each.subject for each in sim.post_office.letters] == ["one", "two"]


def test_rates_prices_slack_and_rewards_answer(told: dict[str, str]) -> None:
    for name in ("FX_RATES", "PRICES"):
        address = told[f"MARKETS_ACCOUNT_1_{name}_URL"].format(since="2026-11-01", until="2026-11-05")
        assert httpx.get(address).raise_for_status().content.count(b"2026-11-0") > 20
    assert httpx.post(told["SLACK_WEBHOOK_URL"], json={"text": "x"}).text == "ok"
    headers = {"authorization": f"Bearer {told['REWARDS_KEY']}"}
    assert httpx.get(f"{told['REWARDS_BASE_URL']}/rewards/balances/nobody", headers=headers).status_code == 404


def test_the_same_is_said_over_http(sim: Sim, told: dict[str, str]) -> None:
    services = httpx.get(f"{sim.base_url}/sim/services").json()
    assert services == sim.services_environment()
    assert told == told | services
    lines = httpx.get(f"{sim.base_url}/sim/services?format=env").text.splitlines()
    assert lines == [f"{name}={value}" for name, value in services.items()]


def test_a_process_writes_all_of_it_to_a_file(tmp_path: Path) -> None:
    path = tmp_path / "sim.env"
    command = [sys.executable, "-m", "simulator", "--scenario", "tiny", "--seed", "3", "--env-file", str(path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("practice world at http://127.0.0.1:")
        written = dict(line.split("=", 1) for line in path.read_text().splitlines())
        address = f"{written['WHOP_BASE_URL']}/api/v1/plans"
        headers = {"authorization": f"Bearer {written['WHOP_ACCOUNT_1_KEY']}"}
        assert httpx.get(address, headers=headers, timeout=30).status_code == 200
        with smtplib.SMTP(written["SMTP_HOST"], int(written["SMTP_PORT"]), timeout=10) as smtp:
            assert smtp.noop()[0] == 250
    finally:
        process.terminate()
        process.communicate(timeout=20)
