"""`weir docs`: every model and column described, on one page."""

from secrets import token_hex

from apps.cli.options import AsJson
from apps.cli.output import say, show_json
from apps.cli.progress import shown_progress


def docs(as_json: AsJson = False) -> None:
    """Writes the dbt docs as one file that opens in any browser, without a network."""
    from actions.write_docs import write_docs
    from apps.cli.workspace import this_house

    with shown_progress(hidden=as_json) as tell:
        page = write_docs(
            this_house(), run_id=f"docs-{token_hex(4)}", on_progress=lambda message: tell("docs", message)
        )
    if as_json:
        show_json({"file": page, "address": page.as_uri()})
    else:
        say(f"{page.as_uri()}")
