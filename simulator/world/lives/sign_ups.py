"""The day somebody joins: the visit that leads to it, the welcome, the first reading, and whoever invited them."""

import numpy as np

from simulator.world.calendar import HALF_HOUR
from simulator.world.lives import facts as f
from simulator.world.lives.arrivals import Arrived
from simulator.world.lives.devices import anonymous_ids, luck_of_visit
from simulator.world.lives.facts import NOBODY, Facts, Visits, facts_of, touches_of
from simulator.world.lives.roster import Roster
from simulator.world.lives.sessions import (
    REASON_PHONE,
    REASON_REFERRAL,
    REASON_WELCOME,
    sitting,
)
from simulator.world.lives.sources import DIRECT, NEWCOMERS, REFERRAL, drawn
from simulator.world.lives.tastes import TasteBook
from simulator.world.luck import Ints, mixed, uniforms
from simulator.world.orders import ORGANIC, Orders

WELCOME_TOKENS, REFERRER_TOKENS, REFEREE_TOKENS, PHONE_TOKENS = 50, 500, 250, 100
_SAME_SITTING = 1800  # seconds between an ad's click and a sign-up that is still the same visit
_STREAMS: Ints = np.arange(180, 192, dtype=np.int64)[:, None]


class SignUps:
    def __init__(self, roster: Roster, tastes: TasteBook, *, device_key: int) -> None:
        self._roster = roster
        self._tastes = tastes
        self._device_key = device_key

    def facts(self, sign_ups: Orders) -> Arrived:
        """`sign_ups`: what the order book calls so; of somebody who already has an account it is a log-in."""
        if not sign_ups.size:
            return Arrived([], [])
        first = self._roster.is_first(sign_ups)
        key = mixed(sign_ups["id"], 174)
        luck = uniforms(key[None, :], _STREAMS)
        visits = self._visits(sign_ups, luck[0])
        came = np.maximum(visits.at - 60 - (luck[1] * 600).astype(np.int64), visits.at // HALF_HOUR * HALF_HOUR)
        caused = sign_ups["cell"] != ORGANIC
        returns = caused & (visits.at - sign_ups["click_at"] > _SAME_SITTING)
        referrer = np.where(caused | ~first, NOBODY, self._roster.referrer(visits.person))
        invited = referrer != NOBODY
        source = np.where(returns, DIRECT, np.where(invited, REFERRAL, drawn(NEWCOMERS, luck[2])))
        arriving = Visits(visits.key, came, visits.person, visits.anonymous, self._roster.known(visits.person, came))
        touches = touches_of(arriving, source=source, rows=returns | ~caused, referrer=referrer)
        made = [
            facts_of(f.SIGNUP, visits, rows=first, at=visits.at, detail=referrer),
            facts_of(f.LOGIN, visits, rows=~first, at=visits.at),
            facts_of(f.REFERRAL_CLICK, arriving, rows=invited, at=came, subject=referrer),
        ]
        made += self._welcome(visits, first, luck, referrer)
        made += sitting(visits, self._tastes.of(visits.person), appetite=0.6 * luck[8])
        return Arrived(made, [touches])

    def _visits(self, sign_ups: Orders, luck: np.ndarray) -> Visits:
        """A prompt sign-up is on the device that clicked; a late one mostly is too."""
        person, at = sign_ups["person"], sign_ups["instant"]
        caused = sign_ups["cell"] != ORGANIC
        same = caused & ((at - sign_ups["click_at"] <= _SAME_SITTING) | (luck < 0.75))
        moment = np.where(same, sign_ups["click_at"], at)
        anonymous = anonymous_ids(self._device_key, person, luck=luck_of_visit(person, moment), day=moment // 86_400)
        return Visits(mixed(sign_ups["id"], 175), at, person, anonymous, np.ones(at.size, dtype=bool))

    def _welcome(self, visits: Visits, first: np.ndarray, luck: np.ndarray, referrer: Ints) -> list[Facts]:
        at, invited = visits.at, referrer != NOBODY
        verifies = first & (luck[3] < 0.35)
        verified_at = at + 60 + (luck[4] * 240).astype(np.int64)
        shares = first & self._roster.shares(visits.person)
        shared_at = at + 200 + (luck[5] * 700).astype(np.int64)
        inviting = Visits(
            mixed(visits.key, 176), at, np.where(invited, referrer, 0), np.zeros_like(visits.anonymous), invited
        )
        return [
            facts_of(
                f.TOKEN_EARNED, visits, rows=first, nth=10, at=at + 1, amount=WELCOME_TOKENS, detail=REASON_WELCOME
            ),
            facts_of(f.PHONE_VERIFIED, visits, rows=verifies, at=verified_at),
            facts_of(
                f.TOKEN_EARNED, visits, rows=verifies, nth=11, at=verified_at + 1, amount=PHONE_TOKENS,
                detail=REASON_PHONE,
            ),
            facts_of(f.REFERRAL_SHARE, visits, rows=shares, at=shared_at),
            facts_of(f.REFERRAL_SIGNUP, visits, rows=invited, at=at + 2, subject=referrer),
            facts_of(
                f.TOKEN_EARNED, visits, rows=invited, nth=12, at=at + 3, amount=REFEREE_TOKENS, subject=referrer,
                detail=REASON_REFERRAL,
            ),
            facts_of(
                f.TOKEN_EARNED, inviting, rows=invited, nth=13, at=at + 3, amount=REFERRER_TOKENS,
                subject=visits.person, detail=REASON_REFERRAL,
            ),
        ]  # fmt: skip
