"""What the programme says of a team: who is named, and of which sex it is."""

from dataclasses import replace

import pytest

from live.programme import Runner
from tests.conftest import entry

ANNE = Runner("A", "Anne", "Dupont", "F", (), "yes")


def test_a_runner_is_named_as_he_asked() -> None:
    """T91: in full, by initials, or not at all."""
    names = [replace(ANNE, public=public).public_name for public in ("yes", "initials", "no")]
    assert names == ["Anne Dupont", "A. D.", ""]
    assert replace(ANNE, first_name="", public="initials").public_name == "D."
    assert replace(ANNE, last_name="").public_name == "Anne"


@pytest.mark.parametrize(("sexes", "team"), [("FF", "F"), ("MM", "M"), ("FM", "X"), (("F", ""), ""), ("", "")])
def test_a_team_is_of_the_sex_of_all_its_runners(sexes: str | tuple[str, ...], team: str) -> None:
    """X where they differ, nothing where one is unknown."""
    assert replace(entry(0), runners=tuple(replace(ANNE, sex=sex) for sex in sexes)).sex == team
