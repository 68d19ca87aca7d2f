"""The tables of the product's own database, as its developers would have made them."""

from psycopg2.sql import SQL, Composed, Identifier

SCHEMA = """
create table if not exists users (
    user_id text primary key, email text not null unique, name text not null, country text, timezone text,
    device text, referral_code text not null, last_login_at timestamptz, created_at timestamptz not null,
    updated_at timestamptz not null
);
create table if not exists articles (
    article_id text primary key, title text not null, category text not null, url text, image_url text,
    published_at timestamptz not null, updated_at timestamptz not null, deleted_at timestamptz
);
create table if not exists catalogue (
    content_id text primary key, kind text not null, title text not null, category text, url text, image_url text,
    published_at timestamptz not null, updated_at timestamptz not null, deleted_at timestamptz
);
create table if not exists orders (
    order_id text primary key, user_id text not null, amount numeric(18, 2) not null, currency char(3) not null,
    status text not null, refunded_amount numeric(18, 2) not null, payment_id text, items jsonb not null,
    created_at timestamptz not null, updated_at timestamptz not null
);
create table if not exists hub_follows (
    user_id text not null, hub_id text not null, followed_at timestamptz not null, updated_at timestamptz not null,
    primary key (user_id, hub_id)
);
create table if not exists user_events (
    event_id text primary key, user_id text, anonymous_id text, event_type text not null,
    occurred_at timestamptz not null, source_app text, value numeric(18, 2), currency char(3), properties jsonb,
    updated_at timestamptz not null
);
create table if not exists filled_until (only_row boolean primary key default true check (only_row), at timestamptz);
create index if not exists users_updated on users (updated_at, user_id);
create index if not exists articles_updated on articles (updated_at, article_id);
create index if not exists catalogue_updated on catalogue (updated_at, content_id);
create index if not exists orders_updated on orders (updated_at, order_id);
create index if not exists hub_follows_updated on hub_follows (updated_at, user_id, hub_id);
create index if not exists user_events_updated on user_events (updated_at, event_id);
"""
TABLES = ("users", "articles", "catalogue", "orders", "hub_follows", "user_events")


def upsert(table: str, key: tuple[str, ...], columns: tuple[str, ...]) -> Composed:
    """For psycopg's `execute_values`; an older version never replaces a newer one."""
    change = SQL("{0} = excluded.{0}")
    return SQL(
        "insert into {table} ({columns}) values %s on conflict ({key}) "
        "do update set {changes} where {table}.updated_at <= excluded.updated_at"
    ).format(
        table=Identifier(table),
        columns=SQL(", ").join(map(Identifier, columns)),
        key=SQL(", ").join(map(Identifier, key)),
        changes=SQL(", ").join(change.format(Identifier(name)) for name in columns if name not in key),
    )


def count(table: str) -> Composed:
    return SQL("select count(*) from {}").format(Identifier(table))
