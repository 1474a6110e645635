"""Sponsors in the event folder: names and pictures in order, and every slip named."""

from pathlib import Path

import pytest

from live.event import examine, read_event
from tests.event.folders import EVENT, folder

SPONSORS = """
[[sponsor]]
name = "Ideta"
logo = "sponsors/ideta.svg"

[[sponsor]]
name = "Lutosa"
"""


def with_picture(path: Path, content: bytes = b"<svg/>") -> Path:
    """The folder with one picture in it."""
    (path / "sponsors").mkdir()
    (path / "sponsors" / "ideta.svg").write_bytes(content)
    return path


def test_sponsors_are_read_in_their_order_with_their_pictures(tmp_path: Path) -> None:
    first, second = read_event(folder(with_picture(tmp_path), EVENT + SPONSORS)).sponsors
    assert (first.name, first.kind, first.picture) == ("Ideta", "image/svg+xml", b"<svg/>")
    assert (second.name, second.kind, second.picture) == ("Lutosa", "", b"")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('logo = "sponsors/ideta.svg"', "`name` is missing"),
        ('name = "Ideta"\nlogo = "sponsors/other.svg"', "there is no file"),
        ('name = "Ideta"\nlogo = "event.toml"', "no picture"),
        ('name = "Ideta"\nlogo = "../secret.png"', "outside"),
        ('name = "Ideta"\nlogo = "/etc/hostname.png"', "outside"),
        ('name = "Ideta"\nlogo = "sponsors/large.png"', "500,001 bytes"),
        ('name = "Ideta"\ncolour = "green"', "colour"),
    ],
)
def test_a_slip_is_named_with_its_line(tmp_path: Path, written: str, said: str) -> None:
    with_picture(tmp_path)
    (tmp_path / "sponsors" / "large.png").write_bytes(b"x" * 500_001)
    reading = examine(folder(tmp_path, f"{EVENT}\n[[sponsor]]\n{written}\n"))
    found = [*reading.problems, *reading.notices]
    assert [each for each in found if said in each.text], found
    assert all(each.file == "event.toml" and each.line > EVENT.count("\n") for each in found if said in each.text)


def test_nobody_sees_the_sixty_first_sponsor(tmp_path: Path) -> None:
    many = "".join(f'\n[[sponsor]]\nname = "S{n}"\n' for n in range(61))
    assert any("more than 60" in each.text for each in examine(folder(tmp_path, EVENT + many)).problems)
