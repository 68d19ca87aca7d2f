"""What every command stands on: the house that this process's variables and its env file furnish, and who is asking."""

import getpass
import os
import time
from dataclasses import replace

from actions.house import House, open_house
from apps.practice.mark import practice_environ, read_mark
from ledger.actors import Actor
from weir.env_file import with_env_file
from weir.settings import read_settings

_LONGEST_PRACTICE_WAIT_SECONDS = 0.05


def this_house() -> House:
    """In a home that a demo made, the practice world's accounts and clock stand in for all that is configured."""
    environ = with_env_file(os.environ)
    home = read_settings(environ).layout
    practice = read_mark(home)
    if practice is None:
        return open_house(environ)
    return practice_house(practice_environ(environ, home=home, practice=practice))


def practice_house(environ: dict[str, str]) -> House:
    return replace(open_house(environ), sleep=sleep_in_practice)


def sleep_in_practice(seconds: float) -> None:
    """The practice world's reports are ready after so many questions, not after so many seconds."""
    time.sleep(min(seconds, _LONGEST_PRACTICE_WAIT_SECONDS))


def person(by: str | None) -> Actor:
    return Actor.person(by or getpass.getuser())
