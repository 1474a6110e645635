"""What an organiser may add for people: how the loop lies, what to bring, how a name is said; and every slip named."""

from pathlib import Path

import pytest

from live.event import examine, read_event
from tests.event.folders import EVENT, HEADER, folder

GPX = """<?xml version="1.0"?>
<gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1"><trk><trkseg>
<trkpt lat="50.6" lon="3.38"/><trkpt lat="50.6" lon="3.39"/>
<trkpt lat="50.607" lon="3.39"/><trkpt lat="50.607" lon="3.38"/>
</trkseg></trk></gpx>"""
WITH_GPX = EVENT.replace("length_m = 3000\n", 'length_m = 3000\ngpx = "loop.gpx"\n')
INFO = '\n[info]\nbring = { fr = "Gilet\\n\\n Gourde ", nl = "Fluohesje" }\n'


def test_a_track_is_read_in_metres_east_and_south_of_its_start(tmp_path: Path) -> None:
    (tmp_path / "loop.gpx").write_text(GPX)
    [course] = read_event(folder(tmp_path, WITH_GPX)).courses
    assert course.track == ((0, 0), (707, 0), (707, -779), (0, -779))
    route = GPX.replace("<trkseg>", "").replace("</trkseg>", "").replace("trkpt", "rtept").replace("trk>", "rte>")
    (tmp_path / "loop.gpx").write_text(route)
    assert read_event(folder(tmp_path, WITH_GPX)).courses == (course,)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no file 'loop.gpx'"),
        ("<gpx>", "no GPX file that can be read"),
        ("<gpx/>", "a track of 0 points"),
        (GPX.replace("50.607", "150.607"), "no GPX file that can be read"),
    ],
)
def test_a_file_that_is_no_track_is_named(tmp_path: Path, content: str | None, said: str) -> None:
    if content is not None:
        (tmp_path / "loop.gpx").write_text(content)
    [problem] = examine(folder(tmp_path, WITH_GPX)).problems
    assert (problem.column, said in problem.text) == ("course.gpx", True), problem.text


def test_the_track_of_another_course_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "loop.gpx").write_text(GPX.replace("3.39", "3.42"))
    reading = examine(folder(tmp_path, WITH_GPX))
    assert reading.problems == []
    assert "the course 3000 m" in next(each.text for each in reading.notices if each.column == "course.gpx")


def test_what_to_bring_is_read_line_by_line_and_falls_back_to_the_first_language(tmp_path: Path) -> None:
    event = read_event(folder(tmp_path, EVENT + INFO))
    assert event.told("bring", "fr") == ("Gilet", "Gourde")
    assert event.told("bring", "nl") == ("Fluohesje",)
    assert event.told("bring", "en") == ("Gilet", "Gourde")
    assert event.told("access", "fr") == ()


@pytest.mark.parametrize(
    ("info", "said"),
    [
        ('bring = { nl = "Fluohesje" }', "the text in 'fr' is missing"),
        ('bring = { fr = "Gilet", de = "Weste" }', "not by language"),
        ("bring = { fr = 3 }", "not by language"),
        (f'bring = {{ fr = "{"x" * 2_001}" }}', "2001 characters"),
    ],
)
def test_a_text_that_nobody_could_read_is_named(tmp_path: Path, info: str, said: str) -> None:
    [problem] = examine(folder(tmp_path, f"{EVENT}\n[info]\n{info}\n")).problems
    assert said in problem.text


def test_how_a_name_is_said_is_kept_from_who_may_not_be_named(tmp_path: Path) -> None:
    """T91: the note would give the name away."""
    rows = [
        f"relay,12,Team 1,,mixed,{each},Ann,Archer,F,,{public},,,ar-tcheur"
        for each, public in (("A", "yes"), ("B", ""), ("C", "no"))
    ]
    [race] = read_event(folder(tmp_path, EVENT, "\n".join([f"{HEADER},pronunciation", *rows]))).races
    assert [each.public_pronunciation for each in race.entries[0].runners] == ["ar-tcheur", "", ""]
