"""How a command fails: one error type that says what is wrong, with what, and what to do, and one list of exit codes.

Commands raise `Failure` for what only they know; what other rooms raise is translated by `explain`. A stack trace is
shown with --debug only.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    DONE = 0
    FOUND_WRONG = 1  # the command did its work and found something wrong: doctor, audit verify
    USAGE = 2  # the command line, or the SQL in it
    SETTINGS = 3  # a variable is missing or cannot be used
    NOTHING_THERE = 4  # nothing has been published, no such key, no such version
    REFUSED = 5  # a rule says no: out of bounds, person-only, stale
    OUTSIDE = 6  # a database or a platform failed; it needs a person
    TRY_AGAIN = 7  # a database or a platform failed; the same command may work later
    FAULT = 70  # a fault in Weir


class Failure(Exception):
    def __init__(self, what: str, *, remedy: str, code: ExitCode) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy
        self.code = code


def explain(error: Exception) -> Failure:
    """What a person is told about any error. Imports late: only a failing command pays for it."""
    if isinstance(error, Failure):
        return error

    from sqlalchemy.exc import DBAPIError

    from actions.build_and_publish import NothingLoaded
    from actions.publish_marts import NothingBuilt
    from apps.processes import EndedEarly
    from connectors.landing.locks import Busy
    from connectors.taxonomy import PartyError, TransientError
    from connectors.warehouse.dbt_process import DbtFailed
    from connectors.warehouse.warehouse import WarehouseBusy
    from ledger import errors as ledger
    from weir.accounts import BadAddress
    from weir.clocks import PracticeClockSilent
    from weir.opening import NothingPublished
    from weir.settings import SettingsError

    what = str(error)
    match error:
        case SettingsError() | BadAddress():
            return Failure(what, remedy="`.env.example` says what each variable takes.", code=ExitCode.SETTINGS)
        case NothingPublished():
            return Failure(what, remedy="Build first, then ask again.", code=ExitCode.NOTHING_THERE)
        case ledger.UnknownConfigKey():
            return Failure(what, remedy="`weir config get` lists the keys.", code=ExitCode.NOTHING_THERE)
        case ledger.ConfigRefused() | ledger.StaleVersion() | ledger.LedgerIsNewer():
            return Failure(what, remedy="Nothing was changed.", code=ExitCode.REFUSED)
        case ledger.LedgerError():
            return Failure(what, remedy="`weir doctor` checks the rest.", code=ExitCode.OUTSIDE)
        case PracticeClockSilent():
            return Failure(what, remedy="Nothing was changed.", code=ExitCode.TRY_AGAIN)
        case TransientError():
            return Failure(what, remedy="", code=ExitCode.TRY_AGAIN)  # the party's errors carry their own remedy
        case Busy() | WarehouseBusy():
            return Failure(what, remedy="Nothing was changed.", code=ExitCode.TRY_AGAIN)
        case DbtFailed():
            remedy = "Nothing was published: readers keep the build they have. WEIR_HOME/dbt holds dbt's own log."
            return Failure(what, remedy=remedy, code=ExitCode.FOUND_WRONG)
        case NothingLoaded() | NothingBuilt():
            remedy = "`weir ingest` pulls the configured accounts, `weir import` takes files, `weir demo` practises."
            return Failure(what, remedy=remedy, code=ExitCode.NOTHING_THERE)
        case EndedEarly():
            return Failure(what, remedy="WEIR_HOME/logs holds what it said before.", code=ExitCode.OUTSIDE)
        case PartyError():
            return Failure(what, remedy="", code=ExitCode.OUTSIDE)
        case DBAPIError():
            said = f"a database failed: {str(error.orig).strip()}"
            return Failure(said, remedy="`weir doctor` says which; nothing half done was kept.", code=ExitCode.OUTSIDE)
        case OSError():
            return Failure(
                what,
                remedy="Check that it is there and may be written; WEIR_HOME says where Weir keeps its files.",
                code=ExitCode.OUTSIDE,
            )
        case _:
            return Failure(
                f"{type(error).__name__}: {what}",
                remedy="This is a fault in Weir: run it again with --debug and report what it shows.",
                code=ExitCode.FAULT,
            )
