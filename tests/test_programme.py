"""What the programme says: who is named, of which sex a team is, what the organiser tells."""

from dataclasses import replace

import pytest

from live.programme import Runner
from tests.conftest import entry
from tests.ingest.scene import event, race

ANNE = Runner("A", "Anne", "Dupont", "F", (), "yes")


def test_a_runner_is_named_as_he_asked() -> None:
    """T91: in full, by initials, or not at all."""
    names = [replace(ANNE, public=public).public_name for public in ("yes", "initials", "no")]
    assert names == ["Anne Dupont", "A. D.", ""]
    assert replace(ANNE, first_name="", public="initials").public_name == "D."
    assert replace(ANNE, last_name="").public_name == "Anne"


def test_how_a_name_is_said_is_told_where_the_name_is() -> None:
    """T91: the note would give it away."""
    said = [replace(ANNE, pronunciation="ann du-PON", public=public) for public in ("yes", "initials", "no")]
    assert [runner.public_pronunciation for runner in said] == ["ann du-PON", "", ""]


@pytest.mark.parametrize(("sexes", "team"), [("FF", "F"), ("MM", "M"), ("FM", "X"), (("F", ""), ""), ("", "")])
def test_a_team_is_of_the_sex_of_all_its_runners(sexes: str | tuple[str, ...], team: str) -> None:
    """X where they differ, nothing where one is unknown."""
    assert replace(entry(0), runners=tuple(replace(ANNE, sex=sex) for sex in sexes)).sex == team


def test_what_is_not_told_in_a_language_is_told_in_the_first() -> None:
    """French is the organiser's first here; of what he does not tell there is no line."""
    told = event(race(), info={"bring": {"fr": ("Vos chaussures", "De l'eau"), "nl": ("Schoenen",)}})
    assert [told.told("bring", language) for language in ("nl", "en")] == [
        ("Schoenen",),
        ("Vos chaussures", "De l'eau"),
    ]
    assert told.told("rules", "fr") == ()
