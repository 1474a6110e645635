"""Settings: defaults, overrides, refusals in words, and the table that people read."""

from dataclasses import fields
from pathlib import Path

import pytest

from live.config import SECTIONS, ConfigError, read_config, settings, shown, table

DATA = Path("data")


def test_every_setting_has_a_line_of_help() -> None:
    assert all(each.help for each in settings())
    assert len(list(settings())) == sum(len(fields(kind)) for kind in SECTIONS.values())


def test_environment_overrides_a_default_and_the_command_line_overrides_both() -> None:
    environ = {"LIVE_WEB_PORT": "8001", "LIVE_BROKER_PORT": "1884"}
    config = read_config(DATA, environ, {"web.port": 8002, "broker.port": None})
    assert (config.web.port, config.broker.port, config.web.workers) == (8002, 1884, 1)


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("LIVE_WEB_PORT", "eighty", "a whole number is needed"),
        ("LIVE_WEB_PORT", "65536", "ports end at 65535"),
        ("LIVE_WEB_WORKERS", "0", "1 or more is needed"),
        ("LIVE_WEB_HTMX", "unpkg", "whence phones take htmx"),
        ("LIVE_INGEST_SKIP", "1,x", "facts of the journal to leave out"),
        ("LIVE_BUS_URL", "tcp://here", "mqtt://host:port"),
        ("LIVE_BUS_URL", "mqtt://here:port", "Port could not be cast"),
        ("LIVE_WEB_PROT", "8000", "Did you mean LIVE_WEB_PORT?"),
    ],
)
def test_wrong_setting_is_refused_by_name(variable: str, value: str, says: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read_config(DATA, {variable: value})
    assert variable in str(raised.value)
    assert says in str(raised.value)


def test_variables_of_others_are_left_alone() -> None:
    read_config(DATA, {"LIVE_STREAM_KEY": "x", "LIVELY": "y"})


def test_secrets_are_masked_wherever_they_stand() -> None:
    text = shown(read_config(DATA, {"LIVE_BUS_PASSWORD": "tellnobody", "LIVE_BUS_URL": "mqtt://web:tellnobody@host"}))
    assert "tellnobody" not in text
    assert "LIVE_BUS_URL=mqtt://********@host" in text


def test_facts_to_skip_are_numbers() -> None:
    assert read_config(DATA, {"LIVE_INGEST_SKIP": "7,12"}).ingest.skipped == {7, 12}
    assert read_config(DATA, {}).ingest.skipped == frozenset()


def test_table_has_a_row_for_every_setting() -> None:
    rows = table().splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == [each.variable for each in settings()]
