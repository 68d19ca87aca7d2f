"""`weir env-example`: the text of `.env.example`, from the settings and the registered platforms.

Written this way, the file cannot tell another story than the code; adding a platform adds its variables.
"""

import textwrap
from typing import Any

from apps.cli.output import out

HEAD = """\
Every variable that Weir reads. Copy this file to .env and fill in what you need; a blank one counts as not set.
Variables that are set outside go before those in .env. Secrets are read from here and kept nowhere else.
`weir doctor` shows what is configured and what is missing. Written by `weir env-example`."""


def env_example() -> None:
    """Print what `.env.example` holds: every variable, and what happens without it."""
    out().print(render(), markup=False, end="", soft_wrap=True)


def render() -> str:
    from connectors.registry import AD_PLATFORMS, OTHER_PARTIES
    from weir.settings import Settings, variable
    from weir.sources import SOURCE_PREFIX, SUFFIXES, WITHOUT

    blocks = [_comment(HEAD)]
    for name, field in Settings.model_fields.items():
        extra: Any = field.json_schema_extra
        blocks.append(_entry(variable(name), f"{field.description}. Without it: {extra['without']}."))
    blocks.append(_comment("---- Sources of events: a group for each, here for WEB. Without any: none are taken."))
    for suffix, words in SUFFIXES.items():
        blocks.append(_entry(f"{SOURCE_PREFIX}WEB_{suffix}", f"{words}. Without it: {WITHOUT[suffix]}."))
    for spec in (*AD_PLATFORMS, *OTHER_PARTIES):
        first = f"{spec.env_prefix}_ACCOUNT_1"
        blocks.append(
            _comment(
                f"---- {spec.title}: one group for each account, numbered from 1. "
                f"Without any: nothing is pulled from {spec.title}."
            )
        )
        if all(credential.suffix != "ID" for credential in spec.credentials):
            blocks.append(_entry(f"{first}_ID", "The account's identifier. Without it: the account is left out."))
        for credential in spec.credentials:
            without = "the account is left out" if credential.required else "what needs it is left out"
            blocks.append(
                _entry(f"{first}_{credential.suffix}", f"{credential.description.rstrip('.')}. Without it: {without}.")
            )
        if spec.base_url is not None:
            blocks.append(
                _entry(f"{spec.env_prefix}_BASE_URL", f"Another address to speak to. Without it: {spec.base_url}.")
            )
    return "\n\n".join(blocks) + "\n"


def _entry(name: str, words: str) -> str:
    return f"{_comment(words)}\n{name}="


def _comment(words: str) -> str:
    lines = [line for part in words.splitlines() for line in textwrap.wrap(part, 116, break_on_hyphens=False)]
    return "\n".join(f"# {line}" for line in lines)
