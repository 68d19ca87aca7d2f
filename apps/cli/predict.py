"""`weir predict`: what buyers will still spend, foretold from the published marts."""

from apps.cli.failures import ExitCode, Failure
from apps.cli.options import AsJson
from apps.cli.output import say, show_json, show_table


def predict(as_json: AsJson = False) -> None:
    """Foretells what buyers will still spend within 90 and 365 days, and lands it; the next `weir build` shows it.

    The same published marts give the same prediction, however often it is asked for.
    """
    from actions.predict_lifetime_value import NobodyBought, predict_lifetime_value
    from analysis.likelihood import NotIdentified
    from apps.cli.workspace import this_house

    try:
        told = predict_lifetime_value(this_house())
    except (NobodyBought, NotIdentified) as error:
        remedy = "Nothing was foretold; fct_lifetime_value shows what has been spent."
        raise Failure(str(error), remedy=remedy, code=ExitCode.NOTHING_THERE) from error
    counts, values = told.model.purchase_counts, told.model.purchase_values
    if as_json:
        parts = {"purchase_counts": counts, "purchase_values": values, "correlation": told.model.correlation}
        show_json({"as_of": told.as_of, "buyers": told.buyers, "had_landed": told.had_landed, **parts})
        return
    rows = [*vars(counts).items(), *vars(values).items(), ("correlation", told.model.correlation)]
    show_table(["parameter", "value"], [(name, f"{value:.4g}") for name, value in rows])
    landed = "landed before" if told.had_landed else "landed; `weir build` shows it"
    say(f"What {told.buyers:,} buyers will still spend, as of {told.as_of:%Y-%m-%d %H:%M} UTC, has {landed}.")
