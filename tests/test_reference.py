"""What README and reference promise is what the code has."""

import re
import runpy
import tomllib
from pathlib import Path

import pytest

from live.event import examine
from live.messages.decisions import RULINGS

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = (ROOT / "docs" / "reference.md").read_text()
README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("text", [REFERENCE, README], ids=["reference", "readme"])
def test_the_generated_parts_are_as_the_code_has_them(text: str) -> None:
    """Commands, endpoints, topics and settings: `python docs/reference.py` writes them anew."""
    rewritten = runpy.run_path(str(ROOT / "docs" / "reference.py"))["rewritten"]
    assert rewritten(text) == text
    assert "<!-- generated:" in text


def example(language: str) -> str:
    """The first example of that language in the reference."""
    found = re.search(rf"```{language}\n(.*?)```", REFERENCE, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_event_folder_of_the_reference_is_accepted(tmp_path: Path) -> None:
    """Without a problem, and without a key that would be ignored."""
    (tmp_path / "event.toml").write_text(example("toml"))
    (tmp_path / "entries.csv").write_text(example("csv"))
    (tmp_path / "sponsors").mkdir()
    (tmp_path / "sponsors" / "ideta.svg").write_text("<svg/>")
    corners = "".join(f'<trkpt lat="{50.6 + a}" lon="{3.38 + b}"/>' for a, b in ((0, 0), (0, 0.01), (0.007, 0.01)))
    (tmp_path / "loop.gpx").write_text(f"<gpx><trk><trkseg>{corners}</trkseg></trk></gpx>")
    reading = examine(tmp_path)
    assert reading.problems == []
    assert [str(notice) for notice in reading.notices if "not known" in notice.text] == []
    assert reading.event is not None


def test_every_key_of_event_toml_stands_in_the_reference() -> None:
    """What the reader of the file asks for, an organiser can look up."""
    source = (ROOT / "live" / "event_file.py").read_text()
    asked = re.findall(
        r"\.(?:text|whole|choice|yes_no|seconds|duration|instant|tables|table|each|raw)\(\s*\"(\w+)\"", source
    )
    assert len(asked) > 25
    words = set(re.findall(r"\w+", example("toml"))) | {"duration"}
    assert set(asked) - words == set()


def test_every_decision_stands_in_the_reference_and_in_the_rules() -> None:
    """By its name on the wire."""
    rules = (ROOT / "docs" / "rules.md").read_text()
    for name in RULINGS:
        assert f"`{name}" in REFERENCE
        assert f"`{name}`" in rules


def test_every_dependency_has_its_reason_in_the_readme() -> None:
    """One line a package, or a few that belong together; those of the tests, too."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    listed = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    reasons = README[README.index("## Dependencies") : README.index("## Decisions")]
    assert [package for package in listed if package not in reasons] == []
