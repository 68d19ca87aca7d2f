"""dbt's own unit tests, on both engines: each is a few rows and an awkward one, beside the model it is about."""


def test_every_native_unit_test_passes(mill):
    mill.build()

    result = mill.dbt.run("test", "--select", "test_type:unit")

    assert {each.node.name: each.message for each in result.result if each.status not in ("pass", "success")} == {}
    assert len(result.result) > 20
