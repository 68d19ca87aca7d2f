"""What every command stands on: the settings it was started with, and the ledger that belongs to them."""

import getpass
import os
from dataclasses import dataclass, field

from sqlalchemy import Engine

from ledger.actors import Actor
from ledger.connect import connect, upgrade
from weir.env_file import with_env_file
from weir.settings import Settings, read_settings


@dataclass(frozen=True)
class Workspace:
    settings: Settings
    environ: dict[str, str] = field(repr=False)  # holds secrets

    def ledger(self) -> Engine:
        """The ledger, made or brought up to date where it needs to be."""
        if self.settings.ledger_url is None:
            self.settings.layout.create()
        engine = connect(self.settings.ledger_address.get_secret_value())
        upgrade(engine)
        return engine


def read_workspace() -> Workspace:
    environ = with_env_file(os.environ)
    return Workspace(settings=read_settings(environ), environ=environ)


def person(by: str | None) -> Actor:
    return Actor.person(by or getpass.getuser())
