"""What officials announce: until when it stands, and in which words it is shown."""

from dataclasses import replace

from live.messages.display import Notice

STORM = Notice("storm", "safety", {"fr": "Orage : départ retardé", "nl": "Onweer: start uitgesteld"}, until_ms=2_000)


def test_an_announcement_stands_until_its_end_or_until_it_is_withdrawn() -> None:
    assert (STORM.is_open(1_999), STORM.is_open(2_000)) == (True, False)
    assert replace(STORM, until_ms=None).is_open(2_000)
    assert not replace(STORM, withdrawn=True).is_open(1_000)


def test_it_is_said_in_the_language_asked_for_or_in_the_event_s_first() -> None:
    assert (STORM.said("nl"), STORM.said("en")) == ("Onweer: start uitgesteld", "Orage : départ retardé")
    assert replace(STORM, text={}).said("en") == ""
