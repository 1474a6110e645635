"""[[sponsor]] of event.toml: who is thanked on the screens, with the picture that lies beside the file."""

from collections.abc import Iterable
from pathlib import Path

from live.programme import Sponsor
from live.toml_table import Table

KINDS = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
}
MAX_PICTURE_BYTES = 500_000
"""Every process holds every picture."""
MAX_SPONSORS = 60


def read_sponsors(tables: Iterable[Table], folder: Path) -> tuple[Sponsor, ...]:
    """Return the sponsors in the order of the file; what is wrong with one goes to the findings."""
    found: list[Sponsor] = []
    for table in tables:
        name, picture = table.text("name"), table.text("logo", "")
        if len(found) == MAX_SPONSORS:
            table.problem("name", f"more than {MAX_SPONSORS} sponsors", "Leave some out: nobody would see them")
        found.append(_sponsor(table, name, picture, folder))
        table.done()
    return tuple(found)


def _sponsor(table: Table, name: str, picture: str, folder: Path) -> Sponsor:
    if not picture:
        return Sponsor(name)
    path = (folder / picture).resolve()
    kind = KINDS.get(path.suffix.lower())
    if not path.is_relative_to(folder.resolve()):
        table.problem("logo", f"{picture!r} is outside of the event folder", "Copy it into the folder sponsors")
    elif kind is None:
        table.problem("logo", f"{picture!r} is no picture that screens show", f"Use one of {', '.join(KINDS)}")
    elif not path.is_file():
        table.problem("logo", f"there is no file {picture!r}", "Put it there, or leave `logo` out")
    elif path.stat().st_size > MAX_PICTURE_BYTES:
        table.problem("logo", f"{picture!r} has {path.stat().st_size:,} bytes", f"{MAX_PICTURE_BYTES:,} at most")
    else:
        return Sponsor(name, kind, path.read_bytes())
    return Sponsor(name)
