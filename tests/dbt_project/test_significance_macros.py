"""The tails that marts take their p-values from, on both engines, against scipy's."""

from contextlib import closing
from pathlib import Path

import duckdb
import jinja2
import numpy as np
import psycopg2
import pytest
from scipy.stats import chi2, norm
from sqlalchemy import make_url

MACROS = Path(__file__).resolve().parents[2] / "dbt_project" / "macros" / "significance.sql"
MOST = 19  # degrees, of twenty variants


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def evaluated(request, postgres_cluster):
    """Evaluates an expression over a column of doubles, called `x`, and what it was named."""
    macros = jinja2.Environment(autoescape=False).from_string(MACROS.read_text(encoding="utf-8")).module

    def values(name, numbers, *arguments):
        rows = ", ".join(f"(cast('{number!r}' as double precision))" for number in map(float, numbers))
        expression = getattr(macros, name)(*arguments)
        sql = f"select x, {expression} from (select x, sqrt(x) as root from (values {rows}) as told (x)) as rooted"
        if request.param == "duckdb":
            with duckdb.connect() as connection:
                return np.array(connection.execute(sql).fetchall()).T
        parts = make_url(postgres_cluster.url("postgres"))
        with closing(
            psycopg2.connect(
                host=parts.host, port=parts.port, user=parts.username, password=parts.password, dbname="postgres"
            )
        ) as connection:
            cursor = connection.cursor()
            cursor.execute(sql)
            return np.array(cursor.fetchall()).T

    return values


def test_the_tail_of_the_normal_distribution_is_within_1e_14(evaluated):
    z, tail = evaluated(
        "normal_tail", np.concatenate([np.linspace(0, 40, 1_601), [7.07106781186547, 36.9999, 1e6]]), "x"
    )

    assert np.max(np.abs(tail - norm.sf(z))) < 1e-14
    near = z < 37
    assert np.max(np.abs(tail[near] / norm.sf(z[near]) - 1)) < 1e-6  # so that p stays a p however small


@pytest.mark.parametrize("degrees", range(1, MOST + 1))
def test_the_tail_of_chi_squared_is_within_1e_13(evaluated, degrees):
    numbers = np.concatenate([np.linspace(0, 120, 400), [1_199.9, 1_200.1, 5_000.0]])
    x, tail = evaluated("chi_squared_tail", numbers, "x", "root", str(degrees), MOST)

    assert np.max(np.abs(tail - chi2.sf(x, degrees))) < 1e-13
