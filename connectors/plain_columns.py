"""Columns of entities whose shape is ours: the file's header, the JSON field and the lake's column have one name."""

from connectors.entity_schema import Column, Type


def text(
    name: str,
    description: str,
    *,
    required: bool = False,
    personal: bool = False,
    identifies: str = "",
    choices: tuple[str, ...] = (),
    remedy: str = "",
) -> Column:
    return Column(
        name,
        Type.TEXT,
        _path(name),
        description,
        required=required,
        personal=personal,
        identifies=identifies,
        choices=choices,
        remedy=remedy,
    )


def instant(name: str, description: str, *, required: bool = False) -> Column:
    return Column(name, Type.INSTANT, _path(name), description, required=required)


def decimal(name: str, description: str, *, required: bool = False) -> Column:
    return Column(name, Type.DECIMAL, _path(name), description, required=required)


def whole(name: str, description: str) -> Column:
    return Column(name, Type.INTEGER, _path(name), description)


def json_value(name: str, description: str) -> Column:
    return Column(name, Type.JSON, _path(name), description)


def user_id(description: str = "The person, as the product calls them.", *, required: bool = False) -> Column:
    return text("user_id", description, required=required, personal=True, identifies="user")


def updated_at() -> Column:
    return instant("updated_at", "When the row last changed; of two versions the later one counts.")


def _path(name: str) -> str:
    return f"$.{name}"
