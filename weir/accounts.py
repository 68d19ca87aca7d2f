"""Which accounts of a platform are configured, found in numbered groups of variables: META_ACCOUNT_1_ID, …_1_TOKEN.

Works for any platform from its prefix and the suffixes of its credentials. Credentials are named here, never held:
`SecretSource` looks a name up at the moment of use. Whether a credential works is for the connector to find out.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, kw_only=True)
class ConfiguredAccount:
    number: int
    account_id: str
    credential_prefix: str  # "META_ACCOUNT_1"; + "_TOKEN" is the name of its token


@dataclass(frozen=True, kw_only=True)
class AccountProblem:
    variable: str  # the one to set, correct or remove
    message: str


@dataclass(frozen=True, kw_only=True)
class ConfiguredAccounts:
    """One badly configured account never stops the others: it is left out, and `problems` says why."""

    accounts: tuple[ConfiguredAccount, ...]
    problems: tuple[AccountProblem, ...]


class BadAddress(ValueError):
    """A base address that no request can be sent to."""


class SecretSource:
    """Resolves the name of a secret when it is used. Blank is the same as not set."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def __call__(self, name: str) -> str | None:
        return self._environ.get(name, "").strip() or None

    def __repr__(self) -> str:
        return "SecretSource(values hidden)"


def configured_accounts(
    environ: Mapping[str, str], *, env_prefix: str, required: Iterable[str], optional: Iterable[str] = ()
) -> ConfiguredAccounts:
    """`required` and `optional` are the suffixes of the platform's credentials, such as TOKEN and APP_SECRET.

    The account's ID is always required, whether it is listed or not.
    """
    required = tuple(dict.fromkeys(("ID", *required)))
    known = (*required, *optional)
    ids: dict[int, str] = {}
    given: dict[int, set[str]] = {}
    problems: list[AccountProblem] = []
    for name, value in environ.items():
        if not value.strip() or not name.startswith(f"{env_prefix}_ACCOUNT_"):
            continue
        match = re.fullmatch(r"([1-9][0-9]*)_(\w+)", name.removeprefix(f"{env_prefix}_ACCOUNT_"))
        if match is None or match[2] not in known:
            problems.append(AccountProblem(variable=name, message=_unknown(name, env_prefix, known)))
            continue
        number, suffix = int(match[1]), match[2]
        given.setdefault(number, set()).add(suffix)
        if suffix == "ID":
            ids[number] = value.strip()

    accounts: list[ConfiguredAccount] = []
    for number, suffixes in sorted(given.items()):
        prefix = f"{env_prefix}_ACCOUNT_{number}"
        missing = [f"{prefix}_{suffix}" for suffix in required if suffix not in suffixes]
        problems.extend(
            AccountProblem(variable=name, message=f"{name} is not set, so account {number} is left out")
            for name in missing
        )
        twin = next((account for account in accounts if account.account_id == ids.get(number)), None)
        if twin is not None:
            message = f"{prefix}_ID repeats {twin.credential_prefix}_ID, so account {number} is left out"
            problems.append(AccountProblem(variable=f"{prefix}_ID", message=message))
        elif not missing:
            accounts.append(ConfiguredAccount(number=number, account_id=ids[number], credential_prefix=prefix))
    return ConfiguredAccounts(accounts=tuple(accounts), problems=tuple(problems))


def base_address(environ: Mapping[str, str], *, env_prefix: str, default: str) -> str:
    """The address a platform is spoken to at: its own, or the one in <PREFIX>_BASE_URL. No trailing slash."""
    name = f"{env_prefix}_BASE_URL"
    address = environ.get(name, "").strip() or default
    if not re.fullmatch(r"https?://[^\s/@?#]+(/[^\s@?#]*)?", address):
        raise BadAddress(f"{name} must be an http(s) address without credentials or query, such as {default}")
    return address.rstrip("/")


def _unknown(name: str, env_prefix: str, known: tuple[str, ...]) -> str:
    number = (re.findall(r"[1-9][0-9]*", name.removeprefix(env_prefix)) or ["1"])[0]
    close = get_close_matches(name, [f"{env_prefix}_ACCOUNT_{number}_{suffix}" for suffix in known], n=1)
    hint = (
        f"did you mean {close[0]}?" if close else f"the names are {env_prefix}_ACCOUNT_<1, 2, …>_<{' | '.join(known)}>"
    )
    return f"{name} means nothing: {hint}"
