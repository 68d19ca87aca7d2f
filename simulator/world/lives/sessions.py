"""What a logged-in reader does in one sitting: reads, follows hubs, plays, looks at the shop, and leaves.

A sitting's luck is drawn from its key alone. Nobody ever stakes more tokens than the same sitting has earned, so
balances never fall below what earlier days brought.
"""

from dataclasses import dataclass

import numpy as np

from simulator.world.lives import facts as f
from simulator.world.lives.content import GAMES, HUBS, SHOP_ITEMS, TOKENS_FOR_READING, articles_read
from simulator.world.lives.facts import Facts, Mask, Visits, facts_of
from simulator.world.luck import Floats, Ints, uniforms

STAKE = 10  # at most what the shortest article earns, so that a sitting can always pay it
REASON_READING, REASON_WELCOME, REASON_REFERRAL, REASON_PHONE = range(4)
_READS = 4
_PLAYS = 3
_STREAMS: Ints = np.arange(100, 160, dtype=np.int64)[:, None]
_WIN = 0.44
_REGRET = 0.12
_REGRETS_FROM, _REGRETS_UNTIL = 3600, 72_000  # seconds; within the day after the sitting's


@dataclass(frozen=True)
class Tastes:
    """For each visit: the category preferred, and whether games, the shop and other people's hubs attract."""

    favourite: Ints
    plays: Mask
    shops: Mask
    social: Mask


def sitting(visits: Visits, tastes: Tastes, *, appetite: Floats) -> list[Facts]:
    """`appetite`: how much they mean to read, from 0 to 1 for most people."""
    luck = uniforms(visits.key[None, :], _STREAMS)
    clock = visits.at + 4 + (luck[0] * 20).astype(np.int64)
    made: list[Facts] = []
    reads = np.floor((_READS + 1) * luck[1] ** (3.4 - 2.0 * appetite)).astype(np.int64)
    finished = np.zeros(visits.size, dtype=np.int64)
    for nth in range(_READS):
        here = np.less(nth, reads)
        draw = luck[2 + 6 * nth : 8 + 6 * nth]
        article = articles_read(clock, tastes.favourite, draw[0], draw[1])
        made.append(facts_of(f.ARTICLE_VIEW, visits, rows=here, nth=nth, at=clock, subject=article))
        seconds = 45 + (draw[2] * 260).astype(np.int64)
        done = here & (draw[3] < 0.72)
        made.append(
            facts_of(f.ARTICLE_READ, visits, rows=done, nth=nth, at=clock + seconds, subject=article, amount=seconds)
        )
        pay = np.array(TOKENS_FOR_READING)[article % len(TOKENS_FOR_READING)]
        paid = done & visits.known
        made.append(
            facts_of(
                f.TOKEN_EARNED, visits, rows=paid, nth=nth, at=clock + seconds + 1, subject=article, amount=pay,
                detail=REASON_READING,
            )
        )  # fmt: skip
        shares = done & (draw[4] < 0.05)
        made.append(facts_of(f.ARTICLE_SHARE, visits, rows=shares, nth=nth, at=clock + seconds + 9, subject=article))
        finished += paid
        clock = np.where(here, clock + np.where(done, seconds + 12, seconds // 3), clock)
    made += _hubs(visits, tastes, luck[27:33], clock)
    clock, played = _games(visits, tastes, luck[33:51], clock, finished)
    made += played
    looks = visits.known & (luck[51] < np.where(tastes.shops, 0.16, 0.05))
    item = (luck[52] * SHOP_ITEMS).astype(np.int64)
    made.append(facts_of(f.PRODUCT_VIEW, visits, rows=looks, at=clock + 6, subject=item))
    clock = np.where(looks, clock + 40, clock)
    leaves = visits.known | (luck[53] < 0.2)
    end = clock + (luck[54] * 60).astype(np.int64)
    made.append(facts_of(f.SESSION_END, visits, rows=leaves, at=end, amount=end - visits.at))
    return made


def _hubs(visits: Visits, tastes: Tastes, luck: Floats, clock: Ints) -> list[Facts]:
    """Some regret a follow and undo it hours later, from a mail's footer: outside any sitting."""
    theirs = tastes.favourite + len(TOKENS_FOR_READING) * 2 * (luck[0] < 0.5)
    hub = np.where(luck[1] < 0.7, theirs, (luck[2] * HUBS).astype(np.int64)) % HUBS
    follows = visits.known & (luck[3] < np.where(tastes.social, 0.10, 0.03))
    regrets = follows & (luck[4] < _REGRET)
    after = _REGRETS_FROM + (luck[4] / _REGRET * (_REGRETS_UNTIL - _REGRETS_FROM)).astype(np.int64)
    undone = facts_of(f.HUB_UNFOLLOW, visits, rows=regrets, at=clock + after, subject=hub)
    undone["session"] = 0
    posts = visits.known & (luck[5] < np.where(tastes.social, 0.06, 0.006))
    number = (visits.key >> np.uint64(24)).astype(np.int64) % 10**9
    return [
        facts_of(f.HUB_FOLLOW, visits, rows=follows, at=clock - 3, subject=hub),
        undone,
        facts_of(f.HUB_POST, visits, rows=posts, at=clock - 2, subject=hub, detail=number),
    ]


def _games(visits: Visits, tastes: Tastes, luck: Floats, clock: Ints, finished: Ints) -> tuple[Ints, list[Facts]]:
    """`detail` holds the multiplier in hundredths, 0 for a loss; `amount` the stake, 0 without tokens."""
    plays = np.where(visits.known, np.floor((_PLAYS + 1) * luck[0] ** np.where(tastes.plays, 1.4, 6.0)), 0)
    staked = np.zeros(visits.size, dtype=np.int64)
    made: list[Facts] = []
    for nth in range(_PLAYS):
        draw = luck[1 + 5 * nth : 6 + 5 * nth]
        here = np.less(nth, plays)
        stakes = here & (staked < finished) & (draw[0] < 0.6)
        staked = staked + stakes
        wins = draw[1] < _WIN
        game = (luck[15 + nth % 3] * GAMES).astype(np.int64)
        multiplier = 100 + np.minimum((-np.log(draw[2]) * 90 * (1 + 6 * (draw[3] < 0.06))), 4900).astype(np.int64)
        ends = clock + 50 + (draw[4] * 120).astype(np.int64)
        made.append(
            facts_of(
                f.GAME_PLAYED, visits, rows=here, nth=nth, at=ends, subject=game,
                amount=np.where(stakes, STAKE, 0), detail=np.where(wins, multiplier, 0),
            )
        )  # fmt: skip
        clock = np.where(here, ends + 8, clock)
    return clock, made
