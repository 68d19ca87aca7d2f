"""The folder where Dagster keeps its runs and schedules, furnished from the right template.

Which storage that is says the settings: files in the home, or Postgres. A file that a person changed is left alone.
"""

from pathlib import Path

from weir.settings import Settings

TEMPLATES = Path(__file__).parent / "templates"
CONFIG = "dagster.yaml"


def furnish_dagster_home(settings: Settings) -> tuple[Path, str | None]:
    """The folder for DAGSTER_HOME, and what a person should know about it, if anything."""
    folder = settings.layout.create().dagster
    known = {path.name: path.read_text(encoding="utf-8") for path in TEMPLATES.glob("dagster.*.yaml")}
    wanted = known["dagster.postgres.yaml" if settings.dagster_is_on_postgres else "dagster.sqlite.yaml"]
    config = folder / CONFIG
    standing = config.read_text(encoding="utf-8") if config.exists() else None
    if standing is None or standing in known.values():
        if standing != wanted:
            config.write_text(wanted, encoding="utf-8")
        return folder, None
    return folder, f"{config} is not as Weir would write it, and is used as it stands; delete it to have it made anew"


def storage_variables(settings: Settings) -> dict[str, str]:
    """What the Postgres template takes from the environment, with the defaults of the settings filled in."""
    if not settings.dagster_is_on_postgres:
        return {}
    password = settings.dagster_pg_password
    return {
        "WEIR_DAGSTER_PG_HOST": settings.dagster_pg_host or "",
        "WEIR_DAGSTER_PG_PORT": str(settings.dagster_pg_port),
        "WEIR_DAGSTER_PG_USER": settings.dagster_pg_user or "",
        "WEIR_DAGSTER_PG_PASSWORD": password.get_secret_value() if password else "",
        "WEIR_DAGSTER_PG_DBNAME": settings.dagster_pg_dbname or "",
    }
