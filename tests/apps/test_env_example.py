"""`.env.example` and what Weir reads are the same list: a variable in one is in the other."""

import re
from pathlib import Path
from typing import Any

from connectors.registry import AD_PLATFORMS, OTHER_PARTIES
from weir.settings import Settings, variable
from weir.sources import SOURCE_PREFIX, SUFFIXES

EXAMPLE = Path(__file__).resolve().parents[2] / ".env.example"


def listed() -> list[str]:
    return re.findall(r"^([A-Z][A-Z0-9_]*)=$", EXAMPLE.read_text(), flags=re.MULTILINE)


def known() -> list[str]:
    names = [variable(field) for field in Settings.model_fields]
    names += [f"{SOURCE_PREFIX}WEB_{suffix}" for suffix in SUFFIXES]
    for spec in (*AD_PLATFORMS, *OTHER_PARTIES):
        names += [f"{spec.env_prefix}_ACCOUNT_1_ID", *([f"{spec.env_prefix}_BASE_URL"] if spec.base_url else [])]
        names += [f"{spec.env_prefix}_ACCOUNT_1_{each.suffix}" for each in spec.credentials if each.suffix != "ID"]
    return names


def test_every_variable_that_is_read_is_in_the_example() -> None:
    assert set(known()) - set(listed()) == set(), "bring it up to date with: weir env-example > .env.example"


def test_every_variable_in_the_example_is_read() -> None:
    assert set(listed()) - set(known()) == set(), "bring it up to date with: weir env-example > .env.example"


def test_each_is_listed_once_and_says_what_happens_without_it() -> None:
    assert len(listed()) == len(set(listed()))
    blocks = EXAMPLE.read_text().split("\n\n")
    for name in listed():
        block = next(block for block in blocks if f"\n{name}=" in block)
        assert "Without it:" in block.replace("\n# ", " ")


def test_the_file_is_what_the_command_writes(weir: Any) -> None:
    assert weir("env-example").out == EXAMPLE.read_text()
