"""What every command stands on: the house that this process's variables and its env file furnish, and who is asking."""

import getpass
import os

from actions.house import House, open_house
from ledger.actors import Actor
from weir.env_file import with_env_file


def this_house() -> House:
    return open_house(with_env_file(os.environ))


def person(by: str | None) -> Actor:
    return Actor.person(by or getpass.getuser())
