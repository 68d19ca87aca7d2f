"""Config values and their versions: read what holds now, set, look back, go back. Nothing is ever overwritten.

Before a key was ever set its default holds, as version 0. Readers see a change at their next reading.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.config_keys import CONFIG_KEYS, ConfigKey, Value, config_key
from ledger.errors import ConfigRefused, StaleVersion
from ledger.tables import ConfigVersionRow
from ledger.transaction import Writing


@dataclass(frozen=True, kw_only=True)
class ConfigValue:
    """What holds now. Version 0 is the default, which nobody set."""

    key: ConfigKey
    value: Value
    version: int


@dataclass(frozen=True, kw_only=True)
class ConfigVersion:
    """One entry of a key's history, as it was written; `value` and `previous` are JSON."""

    key: str
    version: int
    value: bool | int | str
    previous: bool | int | str
    restores: int | None
    actor: str
    run_id: str | None
    reason: str
    at: datetime


def get_config(session: Session, name: str) -> ConfigValue:
    key = config_key(name)
    row = _newest(session, key)
    if row is None:
        return ConfigValue(key=key, value=key.default, version=0)
    return ConfigValue(key=key, value=key.from_json(row.value), version=row.version)


def all_config(session: Session) -> tuple[ConfigValue, ...]:
    return tuple(get_config(session, key.name) for key in CONFIG_KEYS)


def config_history(session: Session, name: str) -> tuple[ConfigVersion, ...]:
    """Newest first."""
    query = select(ConfigVersionRow).where(ConfigVersionRow.key == config_key(name).name)
    return tuple(_version(row) for row in session.scalars(query.order_by(ConfigVersionRow.version.desc())))


def set_config(
    writing: Writing, name: str, value: Value, *, reason: str, expected_version: int | None = None
) -> ConfigValue:
    """Setting what already holds changes nothing. `expected_version` refuses when the value has moved since."""
    return _append(writing, config_key(name), value, reason=reason, expected_version=expected_version, restores=None)


def rollback_config(
    writing: Writing, name: str, *, to_version: int, reason: str, expected_version: int | None = None
) -> ConfigValue:
    """A new version that holds what an older one held; `to_version` 0 is the default."""
    key = config_key(name)
    if to_version == 0:
        value = key.default
    else:
        row = writing.session.get(ConfigVersionRow, (key.name, to_version))
        if row is None:
            newest = _newest(writing.session, key)
            raise ConfigRefused(
                f"{name} has no version {to_version}; its versions are 0 to {newest.version if newest else 0}"
            )
        value = key.from_json(row.value)
    return _append(writing, key, value, reason=reason, expected_version=expected_version, restores=to_version)


def _append(
    writing: Writing, key: ConfigKey, value: Value, *, reason: str, expected_version: int | None, restores: int | None
) -> ConfigValue:
    key.check(value)
    if key.person_only and writing.actor.kind != "person":
        raise ConfigRefused(f"only a person may set {key.name}; {writing.actor} is a {writing.actor.kind}")
    if not reason.strip():
        raise ConfigRefused(f"say why {key.name} is set: the reason is kept with the version")
    newest = _newest(writing.session, key)
    version = 0 if newest is None else newest.version
    if expected_version is not None and expected_version != version:
        raise StaleVersion(f"{key.name} is at version {version}, not {expected_version}: look again before setting it")
    stored, previous = key.to_json(value), key.to_json(key.default) if newest is None else newest.value
    if newest is not None and stored == previous:
        return ConfigValue(key=key, value=value, version=version)
    row = ConfigVersionRow(
        key=key.name,
        version=version + 1,
        value=stored,
        previous=previous,
        restores=restores,
        actor=str(writing.actor),
        run_id=writing.run_id,
        reason=reason.strip(),
        at=writing.at,
    )
    writing.session.add(row)
    writing.audit(
        "set_config" if restores is None else "rollback_config",
        subject=key.name,
        detail={
            "version": row.version,
            "value": stored,
            "previous": previous,
            "restores": restores,
            "reason": row.reason,
        },
    )
    return ConfigValue(key=key, value=value, version=row.version)


def _newest(session: Session, key: ConfigKey) -> ConfigVersionRow | None:
    query = select(ConfigVersionRow).where(ConfigVersionRow.key == key.name)
    return session.scalars(query.order_by(ConfigVersionRow.version.desc()).limit(1)).one_or_none()


def _version(row: ConfigVersionRow) -> ConfigVersion:
    return ConfigVersion(
        key=row.key,
        version=row.version,
        value=row.value,
        previous=row.previous,
        restores=row.restores,
        actor=row.actor,
        run_id=row.run_id,
        reason=row.reason,
        at=row.at,
    )
