"""Whop behind its door: the account's tables in the shapes that callers see, and everything callers may do there."""

from dataclasses import replace
from threading import RLock
from typing import Any

from starlette.datastructures import QueryParams

from simulator.services import ServiceKeys, service_keys
from simulator.whop.acts import Acts, Notified
from simulator.whop.bodies import Body
from simulator.whop.catalogue import Shelf
from simulator.whop.endpoints import EVENTS, Endpoints
from simulator.whop.habits import Habits
from simulator.whop.legacy import LegacyShapes
from simulator.whop.lists import Lists
from simulator.whop.made import Made
from simulator.whop.pages import Listing, asked_of, instant_of
from simulator.whop.refusals import invalid, not_found
from simulator.whop.shapes import Shapes
from simulator.whop.telling import Logged, Telling
from simulator.world.calendar import unix
from simulator.world.lives import identity
from simulator.world.lives.billing import (
    Alert,
    Customer,
    Dispute,
    Happened,
    Membership,
    Payment,
    Refund,
    Subject,
)
from simulator.world.model import Door
from simulator.world.practice import PracticeWorld

Row = dict[str, Any]


class Office:
    def __init__(self, door: Door, world: PracticeWorld) -> None:
        self.keys: ServiceKeys = service_keys(world.seed)
        self.habits = Habits()
        self._world = world
        self._society = world.society
        account_id = self.keys.whop_account_id
        self._till = self._society.till
        self._shelf = Shelf(account_id=account_id, opened_at=unix(world.opened_at()), till=self._till)
        self._made = Made(seed=world.seed, account_id=account_id, shelf=self._shelf)
        self._lists = Lists(seed=world.seed, account_id=account_id, shelf=self._shelf, made=self._made)
        self._acts = Acts(account_id=account_id, commerce=self._society.commerce, now=self._now)
        self._endpoints = Endpoints(seed=world.seed, account_id=account_id)
        self._telling = Telling(
            seed=world.seed, account_id=account_id, endpoints=self._endpoints, post=door.post_webhook,
            wall_clock=door.wall_clock, habits=lambda: self.habits, now=self._now,
        )  # fmt: skip
        self._listens = False
        door.on_sent(self._telling.note)

    @property
    def lock(self) -> RLock:
        return self._society.lock

    @property
    def notified(self) -> list[Notified]:
        return self._acts.notified

    def _now(self) -> int:
        return unix(self._world.now())

    def catch_up(self) -> None:
        """Brings the books up to now; whatever is told or asked afterwards reads them as they stand."""
        self._society.commerce()

    def _shapes(self) -> Shapes:
        """The books as this key may see them."""
        return Shapes(seed=self._world.seed, account_id=self.keys.whop_account_id, habits=self.habits, till=self._till)

    def legacy(self, kind: str, dated: Row) -> Row:
        return LegacyShapes(self._shapes()).of(kind, dated)

    # Reading.

    def page(self, kind: str, query: QueryParams) -> Row:
        lists = self._lists
        match kind:
            case "plan":
                return lists.plans(query)
            case "product":
                return lists.products(query)
            case "promo_code":
                return lists.promo_codes(query)
            case "checkout":
                return lists.checkouts(query)
            case "webhook":
                listing = Listing(lambda each: each.key)
                return listing.page(
                    self._endpoints.all(), asked_of(query), keep=lambda each: True,
                    shape=lambda each: self._endpoints.shape(each, whole=False),
                )  # fmt: skip
        read = {
            "payment": lists.payments, "membership": lists.memberships, "member": lists.members,
            "refund": lists.refunds, "dispute": lists.disputes, "alert": lists.alerts,
        }[kind]  # fmt: skip
        return read(query, self._shapes())

    def single(self, kind: str, id_: str) -> Row:
        match kind:
            case "plan":
                plan = self._shelf.find_plan(id_)
                return self._shelf.plan(plan) if plan is not None else _missing("plan", id_)
            case "product":
                product = self._shelf.find_product(id_)
                return self._shelf.product(product) if product is not None else _missing("product", id_)
            case "promo_code":
                return self._made.promo_code(id_)
            case "checkout":
                return self._made.checkout(id_)
            case "webhook":
                return self._endpoints.shape(self._endpoints.find(id_), whole=True)
        subject = self._find(kind, id_)
        return self._shaped(subject) if subject is not None else _missing(kind, id_)

    def _find(self, kind: str, id_: str) -> Subject | None:
        till = self._till
        if kind == "member":
            return next(
                (
                    each
                    for person, each in till.customers.items()
                    if identity.provider_member_id(self._world.seed, person) == id_
                ),
                None,
            )
        tables: dict[str, dict[str, Any]] = {
            "payment": till.payments, "membership": till.memberships, "refund": till.refunds,
            "dispute": till.disputes, "alert": till.alerts,
        }  # fmt: skip
        return tables[kind].get(id_)

    def _shaped(self, subject: Subject) -> Row:
        shapes = self._shapes()
        match subject:
            case Payment():
                return shapes.payment(subject, in_list=False)
            case Membership():
                return shapes.membership(subject)
            case Customer():
                return shapes.member(subject)
            case Refund():
                return shapes.refund(subject)
            case Dispute():
                return shapes.dispute(subject)
            case Alert():
                return shapes.alert(subject)

    def fees(self, id_: str) -> Row:
        return self._acts.fees(self._shapes(), id_)

    # Acting.

    def act(self, kind: str, id_: str, act: str, body: Body) -> Row:
        on = self._acts.on_payment if kind == "payment" else self._acts.on_membership
        return on(self._shapes(), id_, act, body)

    def notify(self, body: Body) -> Row:
        return self._acts.notify(body, is_app_key=self.habits.is_app_key)

    def new_promo_code(self, body: Body) -> Row:
        return self._made.new_promo_code(body, at=self._now())

    def switch_promo_code(self, id_: str, status: str) -> Row:
        return self._made.switch_promo_code(id_, status, at=self._now())

    def drop_promo_code(self, id_: str) -> Row:
        self._made.switch_promo_code(id_, "archived", at=self._now())
        return {"deleted": True, "id": id_}

    def new_checkout(self, body: Body) -> Row:
        return self._made.new_checkout(body, at=self._now())

    def drop_checkout(self, id_: str) -> Row:
        return self._made.drop_checkout(id_)

    # Webhooks.

    def new_endpoint(self, body: Body) -> Row:
        made = self._endpoints.create(body, at=self._now())
        if not self._listens:
            self._society.listen(self._tell)
            self._listens = True
            self._world.observers.append(self.catch_up)
        return self._endpoints.shape(made, whole=True, secret=True)

    def _tell(self, happened: Happened) -> None:
        kind = _kind_of(happened.subject)
        before = replace(happened.subject, **happened.previous)

        def shape(dated: bool) -> tuple[Row, Row]:
            return self._in_version(kind, happened.subject, dated), self._in_version(kind, before, dated)

        self._telling.tell(happened.type, at=happened.at, shape=shape)

    def _in_version(self, kind: str, subject: Subject, dated: bool) -> Row:
        told = self._shaped(subject)
        return told if dated else self.legacy(kind, told)

    def change_endpoint(self, id_: str, body: Body) -> Row:
        return self._endpoints.shape(self._endpoints.update(id_, body), whole=True)

    def drop_endpoint(self, id_: str) -> Row:
        return self._endpoints.delete(id_)

    def deliveries(self, id_: str, query: QueryParams) -> Row:
        endpoint = self._endpoints.find(id_)
        listing: Listing[Logged] = Listing(lambda each: each.key)
        return listing.page(
            self._telling.of_endpoint(endpoint), asked_of(query), keep=lambda each: True, shape=self._telling.shape
        )

    def replay_one(self, id_: str, delivery: str, body: Body) -> Logged:
        endpoint, logged = self._endpoints.find(id_), self._telling.log.get(delivery)
        if logged is None or logged.endpoint != endpoint.id:
            raise not_found("delivery", delivery)
        return self._telling.replay(endpoint, logged, new_id=body.flag("regenerate_id"))

    def replay(self, id_: str, body: Body) -> Row:
        endpoint = self._endpoints.find(id_)
        stated = QueryParams({"sent_after": body.required_text("sent_after"), **_optional(body, "sent_before")})
        until = instant_of(stated, "sent_before")
        chosen = self._telling.replayable(
            endpoint, since=instant_of(stated, "sent_after") or 0, until=self._now() if until is None else until,
            events=body.texts("events"), failed_only=body.flag("failed_only"),
        )  # fmt: skip
        for logged in chosen:
            self._telling.replay(endpoint, logged, new_id=body.flag("regenerate_ids"))
        return {"queued": True}

    def test_endpoint(self, id_: str, body: Body) -> Logged:
        """A sample: the newest object of the kind that the event is about."""
        endpoint, event = self._endpoints.find(id_), body.required_text("event")
        if event not in EVENTS:
            raise invalid("event is not known", param="event")
        till = self._till
        tables: dict[str, dict[Any, Any]] = {
            "payment": till.payments, "membership": till.memberships, "member": till.customers,
            "refund": till.refunds, "dispute": till.disputes, "dispute_alert": till.alerts,
        }  # fmt: skip
        table = tables[event.partition(".")[0]]
        if not table:
            raise not_found("sample", event)
        subject = next(reversed(table.values()))
        return self._telling.sample(endpoint, event, self._in_version(_kind_of(subject), subject, endpoint.is_dated))


def _kind_of(subject: Subject) -> str:
    match subject:
        case Payment():
            return "payment"
        case Membership():
            return "membership"
        case Customer():
            return "member"
        case Refund():
            return "refund"
        case Dispute():
            return "dispute"
        case Alert():
            return "alert"


def _missing(kind: str, id_: str) -> Row:
    raise not_found(kind, id_)


def _optional(body: Body, name: str) -> dict[str, str]:
    value = body.text(name, required=False)
    return {} if value is None else {name: value}
