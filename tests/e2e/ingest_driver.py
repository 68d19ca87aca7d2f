"""Runs of the whole flow, from pull to publish, as processes that can be killed at any moment. Run by test_kills.

Each line of its input is an order: `{"environ": …, "now": …, "run_id": …, "build": …}`. It answers with one line
that names the process, one for each thing that one reports, and one for how it ended. Runs are forked from this
process, which has done the slow imports and nothing else, and lead a group of their own, so that what they started
(dbt) can be killed with them or be left behind.
"""

import json
import os
import sys
import traceback
from dataclasses import replace
from datetime import datetime
from typing import Any

from actions.build_and_publish import build_and_publish
from actions.house import open_house
from actions.ingest_accounts import Ending, ingest_accounts
from actions.load_landed import load_landed
from weir.clocks import fixed_clock


def tell(**what: object) -> None:
    os.write(sys.stdout.fileno(), (json.dumps(what) + "\n").encode())


def run(order: dict[str, Any]) -> None:
    house = replace(open_house(order["environ"]), clock=fixed_clock(datetime.fromisoformat(order["now"])))
    tell(stage="pull", message="begins")
    outcomes = ingest_accounts(
        house,
        house.all_accounts(),
        run_id=order["run_id"],
        on_progress=lambda account, message: tell(stage="pull", message=message),
    )
    for outcome in outcomes:
        if outcome.ending is not Ending.LANDED:
            raise RuntimeError(f"{outcome.account}: {outcome.messages}")
    lake = replace(house.lake, on_step=lambda step: tell(stage="load", message=step))
    load_landed(lake, warehouse=None).raise_failures()
    if order["build"]:
        build_and_publish(
            house, run_id=order["run_id"], on_progress=lambda stage, message: tell(stage=stage, message=message)
        )


def fork(order: dict[str, Any]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        os.setsid()
        tell(pid=os.getpid())
        run(order)
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def main() -> None:
    for line in sys.stdin:
        child = fork(json.loads(line))
        tell(end=os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


main()
