"""The practice mail server over real SMTP, as Python's own client speaks it; what people do with what they get.

A letter's reader is a person of the world: who follows its link turns up in the product, who is told of a refused
payment may mend it.
"""

import smtplib
import ssl
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from simulator.product.stream import ProductStream
from simulator.serving import Sim, serve
from simulator.world.lives.identity import email, person_of_user, user_id
from simulator.world.scenario import META_US, TINY

SMALL = replace(TINY, accounts=(META_US,), history_days=20, people=5_000)
LINK = "https://larkspur.example/letters?utm_source=weir&utm_medium=email&utm_campaign=welcome&utm_content=v2"
STRANGER = "somebody@elsewhere.example"


@pytest.fixture
def sim() -> Iterator[Sim]:
    with serve(scenario=SMALL, seed=3, specs=[]) as running:
        yield running


@contextmanager
def signed_in(sim: Sim) -> Generator[smtplib.SMTP]:
    context = ssl.create_default_context(cadata=sim.mail_server.certificate())
    with smtplib.SMTP("127.0.0.1", sim.mail_server.port, timeout=10) as smtp:
        smtp.starttls(context=context)
        smtp.login(sim.keys.mail_user, sim.keys.mail_password)
        yield smtp


def letter(to: str, *, subject: str = "Welcome", text: str = f"Read on: {LINK}", **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Larkspur <hello@larkspur.example>", to, subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    message.add_alternative(f'<p>Read <a href="{LINK.replace("&", "&amp;")}">on</a></p>', subtype="html")
    return message


def happened(sim: Sim, kind: str) -> list[Any]:
    return [each for each in sim.post_office.happened if each.kind == kind]


def users(sim: Sim, number: int) -> list[str]:
    stream = ProductStream(sim.world)
    found = stream.rows("users", stream.opened_at(), stream.known_until())
    return [row["email"] for row, _ in zip(found, range(number), strict=False)]


# The wire.


def test_a_letter_arrives_as_it_was_sent(sim):
    message = letter(
        STRANGER, X_Tag_Campaign="welcome", X_Tag_Message_Id="m1", Message_ID="<m1@larkspur.example>",
        List_Unsubscribe="<https://larkspur.example/u/t0k>", List_Unsubscribe_Post="List-Unsubscribe=One-Click",
    )  # fmt: skip
    with signed_in(sim) as smtp:
        wire = message.as_bytes(policy=SMTP)
        assert smtp.sendmail("hello@larkspur.example", [STRANGER], wire) == {}
    (told,) = httpx.get(f"{sim.base_url}/sim/mail").json()["messages"]
    assert (told["from"], told["to"], told["subject"]) == ("hello@larkspur.example", [STRANGER], "Welcome")
    assert told["tags"] == {"campaign": "welcome", "message_id": "m1"}
    assert told["links"] == [LINK]
    assert told["unsubscribe"] == "https://larkspur.example/u/t0k"
    assert told["headers"]["Message-ID"] == "<m1@larkspur.example>"
    raw = httpx.get(f"{sim.base_url}/sim/mail/{told['id']}?raw=1").content
    assert raw == wire


def test_nobody_sends_without_starttls_and_a_login(sim):
    with smtplib.SMTP("127.0.0.1", sim.mail_server.port, timeout=10) as smtp:
        smtp.ehlo()
        assert smtp.has_extn("starttls")
        assert not smtp.has_extn("auth")
        assert smtp.mail("hello@larkspur.example")[0] == 530
        smtp.starttls(context=ssl.create_default_context(cadata=sim.mail_server.certificate()))
        smtp.ehlo()
        assert smtp.mail("hello@larkspur.example")[0] == 530
        with pytest.raises(smtplib.SMTPAuthenticationError):
            smtp.login(sim.keys.mail_user, "wrong")
    assert sim.post_office.letters == []


def test_its_certificate_is_trusted_by_whoever_is_told_to_and_nobody_else(sim):
    with smtplib.SMTP("localhost", sim.mail_server.port, timeout=10) as smtp, pytest.raises(ssl.SSLError):
        smtp.starttls(context=ssl.create_default_context())
    with smtplib.SMTP("localhost", sim.mail_server.port, timeout=10) as smtp:
        context = ssl.create_default_context(cadata=sim.mail_server.certificate())
        assert smtp.starttls(context=context)[0] == 220


@pytest.mark.parametrize(("code", "stage"), [(450, "rcpt"), (550, "rcpt"), (451, "data"), (554, "data")])
def test_it_refuses_as_often_as_it_was_told_to(sim, code, stage):
    faults = [{"address": r"some.*@elsewhere\.example", "code": code, "stage": stage, "message": "not now", "count": 1}]
    httpx.put(f"{sim.base_url}/sim/mail/faults", json={"faults": faults}).raise_for_status()
    with signed_in(sim) as smtp:
        with pytest.raises(smtplib.SMTPException) as refused:
            smtp.send_message(letter(STRANGER))
        assert str(code) in str(refused.value)
        assert smtp.send_message(letter(STRANGER)) == {}
    assert len(sim.post_office.letters) == 1
    assert httpx.get(f"{sim.base_url}/sim/mail/faults").json()["faults"][0]["struck"] == 1


def test_one_refused_recipient_does_not_keep_a_letter_from_the_others(sim):
    faults = [{"address": "gone@elsewhere.example", "code": 550}]
    httpx.put(f"{sim.base_url}/sim/mail/faults", json={"faults": faults}).raise_for_status()
    with signed_in(sim) as smtp:
        refused = smtp.sendmail("a@larkspur.example", ["gone@elsewhere.example", STRANGER], b"Subject: x\r\n\r\nhi")
    assert {address: code for address, (code, _) in refused.items()} == {"gone@elsewhere.example": 550}
    assert sim.post_office.letters[0].recipients == (STRANGER,)


@pytest.mark.parametrize("fault", [{"code": 550}, {"address": "(", "code": 550}, {"address": "a", "code": 200}, "x"])
def test_a_fault_that_makes_no_sense_is_not_switched_on(sim, fault):
    assert httpx.put(f"{sim.base_url}/sim/mail/faults", json={"faults": [fault]}).status_code == 400


def test_a_broken_letter_breaks_nothing(sim):
    broken = b"Subject: =?x-none?b?//8=?=\r\nContent-Type: text/plain; charset=nobody-knows\r\n\r\n\xff\xfe"
    with signed_in(sim) as smtp:
        smtp.sendmail("a@larkspur.example", [STRANGER], broken)
        smtp.send_message(letter(STRANGER))
    assert [each.subject for each in sim.post_office.letters][1] == "Welcome"


# What people do with it.


def test_people_read_follow_links_and_come_back_to_the_product(sim):
    people = users(sim, 150)
    with signed_in(sim) as smtp:
        for address in people:
            smtp.send_message(letter(address))
    sent_at = sim.world.now()
    sim.control.advance(days=5)
    counted = Counter(each.kind for each in sim.post_office.happened)
    assert counted["delivered"] + counted["bounced"] == 150
    assert 150 > counted["opened"] > counted["clicked"] > 5
    stream = ProductStream(sim.world)
    touches = [
        row for row in stream.rows("touches", sent_at, stream.known_until()) if row.get("utm_campaign") == "welcome"
    ]
    clicked = {(f"{each.at:%Y-%m-%dT%H:%M:%S}Z", each.recipient) for each in happened(sim, "clicked")}
    assert {(row["occurred_at"], email(person_of_user(row["user_id"]) or 0)) for row in touches} == clicked
    assert {(row["utm_source"], row["utm_content"], row["touch_kind"]) for row in touches} == {("weir", "v2", "click")}
    done = [row.get("user_id") for row in stream.rows("events", sent_at, stream.known_until())]
    assert {row["user_id"] for row in touches} <= set(done)


def test_a_reminder_of_a_refused_payment_can_mend_it():
    """Retries come whole days after the renewal; who pays in between has put in another card after a letter."""
    with serve(scenario=replace(TINY, history_days=45), seed=7, specs=[]) as sim:
        told: set[str] = set()
        for _ in range(8):
            payments = sim.world.society.commerce().till.payments.values()
            with signed_in(sim) as smtp:
                for address in {email(each.person) for each in payments if each.outcome == "open"}:
                    smtp.send_message(letter(address, subject="Your payment failed", text=f"Mend it: {LINK}"))
                    told.add(address)
            sim.control.advance(days=1)
        renewals = [each for each in payments if each.reason == "subscription_cycle" and each.paid_at is not None]
        mended = {email(each.person) for each in renewals if ((each.paid_at or 0) - each.created_at) % 86_400}
        clicked = {each.recipient for each in happened(sim, "clicked")}
        assert mended
        assert mended <= clicked < told


def test_the_same_letters_in_the_same_world_get_the_same_answers():
    told = []
    for _ in range(2):
        with serve(scenario=SMALL, seed=4, specs=[]) as sim:
            for address in users(sim, 40):
                sim.post_office.take(sender="a@b.example", recipients=[address], raw=letter(address).as_bytes())
            sim.control.advance(days=2)
            told.append(list(sim.post_office.happened))
    assert told[0] == told[1]
    assert len({each.kind for each in told[0]}) >= 3


def test_nothing_happens_before_its_time(sim):
    with signed_in(sim) as smtp:
        for address in users(sim, 40):
            smtp.send_message(letter(address))
    for _ in range(6):
        assert all(each.at <= sim.world.now() for each in sim.post_office.happened)
        before = len(sim.post_office.happened)
        sim.control.advance(hours=6)
    assert before > 40


# Receipts.


def test_receipts_are_signed_as_svix_signs_and_carry_the_tags(sim, outside):
    httpx.put(f"{sim.base_url}/sim/mail/webhook", json={"url": f"{outside.url}/mail"}).raise_for_status()
    people = users(sim, 120)
    with signed_in(sim) as smtp:
        for address in people:
            smtp.send_message(letter(address, X_Tag_Message_Id=address))
    sim.control.advance(days=4)
    assert sim.webhooks.settle(timeout_seconds=30)
    verifier = Webhook(sim.keys.mail_webhook_secret)
    told = []
    for each in outside.taken:
        as_standard = {name.replace("svix-", "webhook-"): value for name, value in each.headers.items()}
        told.append(verifier.verify(each.body, as_standard))
    ids = [each.headers["svix-id"] for each in outside.taken]
    assert len(set(ids)) == len(ids) == len(sim.post_office.happened)
    wanted = Counter("received" if each.kind == "replied" else each.kind for each in sim.post_office.happened)
    assert Counter(each["type"].removeprefix("email.") for each in told) == wanted
    assert all(each["data"]["tags"]["message_id"] in people for each in told)
    clicks = [each["data"]["click"]["link"] for each in told if each["type"] == "email.clicked"]
    assert set(clicks) == {LINK}
    bounces = {each["data"]["bounce"]["type"] for each in told if each["type"] == "email.bounced"}
    assert bounces <= {"Permanent"}


def test_only_the_kinds_that_were_asked_for_are_told(sim, outside):
    wanted = {"url": outside.url, "kinds": ["bounced", "complained"]}
    httpx.put(f"{sim.base_url}/sim/mail/webhook", json=wanted).raise_for_status()
    with signed_in(sim) as smtp:
        smtp.send_message(letter("p9999999@people.example"))  # nobody of this world
        smtp.send_message(letter(STRANGER))
    assert sim.webhooks.settle()
    assert [each.json()["type"] for each in outside.taken] == ["email.bounced"]
    assert httpx.put(f"{sim.base_url}/sim/mail/webhook", json={"url": "x", "kinds": ["read"]}).status_code == 400


def test_who_wants_no_more_posts_one_click_to_the_letters_own_address(sim, outside):
    with signed_in(sim) as smtp:
        for address in users(sim, 300):
            headers = {
                "List_Unsubscribe": f"<{outside.url}/u/{address}>",
                "List_Unsubscribe_Post": "List-Unsubscribe=One-Click",
            }
            smtp.send_message(letter(address, **headers))
    sim.control.advance(days=6)
    assert sim.webhooks.settle(timeout_seconds=30)
    asked = {each.path.removeprefix("/u/"): each for each in outside.taken}
    assert set(asked) == {each.recipient for each in happened(sim, "unsubscribed")} != set()
    assert {each.body for each in asked.values()} == {b"List-Unsubscribe=One-Click"}


def test_the_inbox_can_be_looked_at_and_emptied_and_shows_no_markup(sim):
    with signed_in(sim) as smtp:
        smtp.send_message(letter(STRANGER, subject="<script>alert(1)</script>"))
    page = httpx.get(f"{sim.base_url}/sim/mail", headers={"accept": "text/html"}).text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert httpx.get(f"{sim.base_url}/sim/mail?to=x@y.example").json()["messages"] == []
    assert httpx.delete(f"{sim.base_url}/sim/mail").json() == {"messages": []}


def test_a_user_id_and_an_address_name_the_same_person():
    assert email(17) == f"{user_id(17)}@people.example"
