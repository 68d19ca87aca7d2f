"""A verdict of `analysis` as the result of an asset check, written for a person to read."""

import dagster as dg

from analysis.verdict import Verdict

SHOWN = 20  # reasons told in full


def told(
    verdict: Verdict, *, severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR, **metadata: int
) -> dg.AssetCheckResult:
    """Every reason goes to the reader, the first ones in full."""
    lines = [*verdict.failures, *verdict.notes]
    shown = [f"- {line}" for line in lines[:SHOWN]]
    if len(lines) > SHOWN:
        shown.append(f"- and {len(lines) - SHOWN} more")
    return dg.AssetCheckResult(
        passed=verdict.passed,
        severity=severity,
        description=(verdict.failures or ("as it should be",))[0],
        metadata={"why": dg.MetadataValue.md("\n".join(shown) or "nothing to judge"), **metadata},
    )
