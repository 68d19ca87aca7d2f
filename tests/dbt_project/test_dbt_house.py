"""The project as a house: what every model must have, on both engines, before a single row has landed."""

import pytest

from connectors.ad_platform import AD_ENTITIES
from connectors.registry import AD_PLATFORMS

ENGINES = ("duckdb", "postgres")
STAGES = {"staging", "intermediate", "marts"}
FULL_PLATFORMS = [spec for spec in AD_PLATFORMS if set(AD_ENTITIES) <= {schema.entity for schema in spec.schemas}]


@pytest.fixture(scope="module")
def built(tmp_path_factory, new_mills):
    mills = new_mills(tmp_path_factory.mktemp("house"), *ENGINES)
    for mill in mills.values():
        mill.build()
    return mills


@pytest.fixture(scope="module")
def manifest(built):
    return built["duckdb"].dbt.manifest


@pytest.fixture(scope="module")
def models(manifest):
    return {node.name: node for node in manifest.nodes.values() if node.resource_type == "model"}


@pytest.mark.parametrize("engine", ENGINES)
def test_every_native_unit_test_passes(built, engine):
    result = built[engine].dbt.run("test", "--select", "test_type:unit")

    told = {each.node.name: each.message for each in result.result if each.status not in ("pass", "success")}
    assert told == {}
    assert len(result.result) > 20


@pytest.mark.parametrize("engine", ENGINES)
def test_every_data_test_passes_before_anything_has_landed(built, engine):
    result = built[engine].dbt.run("test", "--exclude-resource-type", "unit_test")

    told = {each.node.name: each.message for each in result.result if each.status not in ("pass", "success")}
    assert told == {}


@pytest.mark.parametrize("engine", ENGINES)
def test_every_column_of_every_model_is_described(built, models, engine):
    columns: dict[str, list[str]] = {}
    query = "select table_name, column_name from information_schema.columns where table_schema in ({stages})"
    stages = ", ".join(f"'{stage}'" for stage in sorted(STAGES))
    for table, column in built[engine].query(query.format(stages=stages)):
        columns.setdefault(table, []).append(column)

    for name, model in models.items():
        described = {column.name for column in model.columns.values() if column.description.strip()}
        assert described == set(columns[name]), name


def test_every_description_says_first_what_one_row_is(models):
    assert {name for name, model in models.items() if not model.description.startswith("One row is ")} == set()


@pytest.mark.parametrize("engine", ENGINES)
def test_the_schemas_are_called_what_the_folders_say(built, models, engine):
    found = built[engine].query("select table_schema, table_name from information_schema.tables")

    for name, model in models.items():
        assert (model.fqn[1], name) in found
    assert {schema for schema, _ in found if schema in STAGES} == STAGES


def test_every_mart_has_a_contract_a_tested_grain_and_a_reader(models, manifest):
    tests = [node for node in manifest.nodes.values() if node.resource_type == "test"]
    grains = {test.attached_node for test in tests if "unique_grain" in test.name}
    read = {parent for exposure in manifest.exposures.values() for parent in exposure.depends_on.nodes}
    marts = {model.unique_id: model for model in models.values() if model.fqn[1] == "marts"}

    assert len(marts) >= 8
    assert {key for key, model in marts.items() if not model.contract.enforced} == set()
    assert marts.keys() - grains == set()
    assert marts.keys() - read == set()


def test_every_model_beyond_staging_has_an_owner(models, manifest):
    owners = {group.name: group.owner.email for group in manifest.groups.values()}
    for name, model in models.items():
        if model.fqn[1] != "staging":
            assert owners[model.group], name


def test_aggregates_are_cast_so_that_engines_agree_on_types(built, models):
    """The same declared type of every mart's column on both engines, not only compatible ones."""
    query = """
        select table_name, column_name, {precision} from information_schema.columns
        where table_schema = 'marts' order by 1, 2
    """
    precision = "case when numeric_scale > 0 then numeric_precision * 100 + numeric_scale end"
    shapes = [built[engine].query(query.format(precision=precision)) for engine in ENGINES]

    assert [tuple(map(str, row)) for row in shapes[0]] == [tuple(map(str, row)) for row in shapes[1]]


def test_the_platforms_of_the_models_are_the_platforms_of_the_connectors(built, manifest):
    listed = built["duckdb"].query("select platform, look_back_days from intermediate.int_platforms__unioned")

    assert dict(listed) == {spec.party: spec.look_back.days for spec in FULL_PLATFORMS}


def test_every_raw_table_the_models_read_is_one_the_lake_makes(manifest, built):
    made = {f"{schema.party}__{schema.entity}" for schema in built["duckdb"].warehouse.schemas}
    read = {source.name for source in manifest.sources.values()}

    assert read - made == {"loads", "touched_days"}
