"""What the ledger refuses, and why. Each message says what is wrong, with what, and what to do."""


class LedgerError(Exception):
    """Something the ledger would not do; nothing was written."""


class LedgerUnreachable(LedgerError):
    """No connection, or a database that is not a ledger's."""


class LedgerIsNewer(LedgerError):
    """A later release has changed the schema; writing to it by the old rules would damage it."""


class UnknownConfigKey(LedgerError):
    """No such key in the schema of config keys."""


class ConfigRefused(LedgerError):
    """A value of the wrong kind or out of range, or a key that only a person may set."""


class StaleVersion(LedgerError):
    """The value moved since it was looked at."""
