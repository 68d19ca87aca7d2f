"""A small home with several people in it, of whom one is erased; run as a program it dies where it is told to.

python erase_driver.py <home> <warehouse address> <step to die at, counted from 1>
"""

import json
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from actions.erase_person import ErasePorts, ErasureReport, erase_person
from actions.erasing_intent import read_intent
from actions.find_person import find_person
from actions.house import House, open_house
from actions.import_file import import_file
from actions.load_landed import load_landed
from actions.publish_marts import publish_marts
from connectors.landing.manifest import Pull
from connectors.landing.pull_writer import PullWriter
from connectors.warehouse.duckdb_warehouse import DuckDbWarehouse
from connectors.warehouse.postgres_warehouse import PostgresWarehouse
from ledger.actors import Actor
from ledger.config import set_config
from ledger.transaction import writing

PERSON, DEVICE, SHARED = "person-4711", "device-of-4711", "tablet-in-the-hall"
OTHER = "person-0815"
EMAIL, NAME, WHOP_USER, MEMBER = "Rosa.Weir@example.org", "Rosalinde Weirich", "user_W0p4711", "mber_4711xyz"
IDS = (PERSON, DEVICE, EMAIL, EMAIL.lower(), WHOP_USER, MEMBER)
ME = Actor.person("test")
AT = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)

EVENTS = [
    {"event_id": "e1", "user_id": PERSON, "anonymous_id": DEVICE, "event_type": "signup", "value": 1.10,
     "occurred_at": "2026-11-18T08:00:00Z", "properties": {"email": EMAIL, "plan": "pro", "city": "Ghent"}},
    {"event_id": "e2", "anonymous_id": DEVICE, "event_type": "article_view", "occurred_at": "2026-11-18T07:00:00Z",
     "properties": {"article_id": "a1", "seconds": 31}},
    {"event_id": "e3", "user_id": OTHER, "event_type": "referral", "occurred_at": "2026-11-19T07:00:00Z",
     "value": 2.5, "properties": {"invited": PERSON, "email": "bob@example.org"}},
    {"event_id": "e4", "user_id": PERSON, "anonymous_id": SHARED, "event_type": "login",
     "occurred_at": "2026-11-19T08:00:00Z", "user_agent": "Mozilla/5.0", "ip": "203.0.113.7"},
    {"event_id": "e5", "user_id": OTHER, "anonymous_id": SHARED, "event_type": "login",
     "occurred_at": "2026-11-19T09:00:00Z"},
    {"event_id": "e6", "user_id": f"{PERSON}0", "event_type": "login", "occurred_at": "2026-11-19T09:30:00Z"},
    {"event_id": "e7", "user_id": PERSON, "event_type": "purchase", "value": "dear", "occurred_at": "2026-11-19"},
]  # fmt: skip
ORDERS = [
    {"order_id": "o1", "user_id": PERSON, "occurred_at": "2026-11-18T08:05:00Z", "amount": "19.90", "currency": "EUR",
     "status": "paid", "items": [{"sku": "s1", "gift_for": NAME}], "updated_at": "2026-11-18T08:05:00Z"},
    {"order_id": "o2", "user_id": OTHER, "occurred_at": "2026-11-18T09:05:00Z", "amount": "5.00", "currency": "EUR",
     "status": "paid", "updated_at": "2026-11-18T09:05:00Z"},
]  # fmt: skip
ASSIGNED = [
    {"experiment": "x1", "unit_id": unit, "variant": "a", "occurred_at": "2026-11-18T08:00:00Z"}
    for unit in (PERSON, DEVICE, OTHER)
]


EXPOSED = [
    {"experiment": "x1", "unit_id": unit, "variant": "a", "occurred_at": "2026-11-18T09:00:00Z"}
    for unit in (PERSON, OTHER)
]


def payment(number: int, user: str, name: str, email: str, product_user: str, member: str) -> dict[str, object]:
    return {
        "id": f"pay_{number}", "status": "paid", "currency": "usd", "total": {"amount": "29.00", "currency": "usd"},
        "user": {"id": user, "name": name, "username": name.lower().replace(" ", "_")}, "customer_email": email,
        "member_id": member, "metadata": {"user_id": product_user}, "failure_message": f"the card of {name} expired",
        "created_at": "2026-11-18T10:00:00Z", "updated_at": "2026-11-18T10:00:00Z",
    }  # fmt: skip


PAYMENTS = [
    payment(1, WHOP_USER, NAME, EMAIL, PERSON, MEMBER),
    payment(2, "user_other", "Bob Other", "bob@example.org", OTHER, "mber_other"),
]


def house_of(home: Path, warehouse: str = "duckdb") -> House:
    return open_house({"WEIR_HOME": str(home), "WEIR_WAREHOUSE": warehouse})


def fill(home: Path, warehouse: str = "duckdb") -> House:
    """Brought files, a pull, a refused file, words in the ledger, a log; loaded, modelled and published."""
    house = house_of(home, warehouse)
    house.home.create()
    for target, rows in (("product/events", EVENTS), ("product/orders", ORDERS), ("experiments/assignments", ASSIGNED)):
        bring(house, target, rows)
    bring(house, "experiments/exposures", EXPOSED)
    pull(house, "whop", "payments", PAYMENTS, "p1")
    refused = home / "landing" / "_refused" / "product" / "events"
    refused.mkdir(parents=True)
    (refused / "bad.csv").write_text(f"user;mail\n{OTHER};bob@example.org\n{PERSON};{EMAIL}\n")
    load_landed(house.lake, warehouse=None).raise_failures()
    with writing(house.ledger, actor=ME, clock=lambda: AT) as turn:
        set_config(turn, "publish.keep_builds", 7, reason=f"because {EMAIL} asked")
    logs = home / "dagster" / "logs"
    logs.mkdir(parents=True)
    (logs / "run.log").write_text(f"row of {PERSON} was odd\nrow of {PERSON}0 was fine\n")
    rebuild(house)
    return house


def bring(house: House, target: str, rows: list[dict[str, object]]) -> None:
    file = house.home.root / f"{target.replace('/', '-')}-{len(rows)}.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    report = import_file(file, target=target, brought_by="test", ports=house.imports())
    assert report.status == "taken", report.message
    file.unlink()


def pull(house: House, party: str, entity: str, rows: list[dict[str, object]], name: str) -> None:
    facts = Pull(pull_id=name, party=party, entity=entity, account_id="biz_1", pulled_at=AT, complete=False)
    with PullWriter(house.home.landing, facts, sleep=house.sleep) as writer:
        for row in rows:
            writer.write(row)


MARTS = {
    "people": "select user_id, count(*) as events, sum(value) as worth from raw.product__events group by user_id",
    "buyers": "select user_id, customer_email, total from raw.whop__payments",
}


def rebuild(house: House) -> None:
    """In place of dbt: two marts that hold people, made anew and published."""
    warehouse = house.warehouse
    warehouse.sync_raw()
    statements = ["create schema if not exists marts"]
    for name, query in MARTS.items():
        statements += [f"drop table if exists marts.{name}", f"create table marts.{name} as {query}"]
    if isinstance(warehouse, PostgresWarehouse):
        with warehouse.transaction() as cursor:
            for statement in statements:
                cursor.execute(statement)
            cursor.execute("analyze")
    else:
        assert isinstance(warehouse, DuckDbWarehouse)
        with warehouse.writing() as connection:
            for statement in statements:
                connection.execute(statement)
    known = house.standing.newest_pull()
    assert known is not None
    publish_marts(
        warehouse, published=house.published, build_id=None, as_of=known, code_version="test",
        wall_clock=house.wall_clock, keep=3,
    )  # fmt: skip


def erase(house: House, subject: str = PERSON, on_step=lambda step: None) -> ErasureReport:
    is_open = read_intent(house.home.root) is not None
    found = None if is_open else find_person(house, subject)
    return erase_person(house, found, actor=ME, ports=ErasePorts(rebuild=rebuild, on_step=on_step))


def main() -> None:
    home, warehouse, last = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    steps = 0

    def die_at(step: str) -> None:
        nonlocal steps
        steps += 1
        if steps == last:
            os.kill(os.getpid(), signal.SIGKILL)

    erase(house_of(home, warehouse), on_step=die_at)
    sys.stdout.write(f"{steps}\n")


if __name__ == "__main__":
    main()
