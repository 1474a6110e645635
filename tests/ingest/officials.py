"""What officials rule over a race as a whole, on paper; and what the public reads above its board."""

from typing import Any

from live.messages.boards import BoardHead
from live.messages.decisions import (
    Decision,
    Open,
    PublishOfficial,
    Verdict,
)
from tests.ingest.scene import Scene, entry, ms, race


def alone(*bibs: str, **about: Any) -> Scene:
    """One lap by one runner each."""
    return Scene(race(*(entry(bib, "A") for bib in bibs), legs=(("A",),)), **about)


def ended(**about: Any) -> Scene:
    """Four finish, a minute apart, the last at 16:00 from the gun."""
    scene = alone("1", "2", "3", "4", **about)
    for n in range(4):
        scene.read(f"{n + 1}A", f"{13 + n}:00")
    return scene


def head(scene: Scene) -> BoardHead:
    """What the public reads above the board."""
    scene.meeting.changes(scene.now_ms)
    return scene.meeting.head("relay")


def tried(scene: Scene, ruling: Any, at: str = "2:00:00", by: str = "anna", reason: str = "") -> Verdict | None:
    """What ingest says of a decision, without it being ruled."""
    return scene.meeting.judge(Decision("try", by, ms(at), ruling, reason))


def ruled(scene: Scene, ruling: Any, at: str = "2:00:00", by: str = "anna", reason: str = "") -> str:
    """An official rules, with a reason; return the decision's id."""
    decision = Decision(f"d{len(scene.facts) + 1}", by, ms(at), ruling, reason)
    verdict = scene.meeting.judge(decision)
    assert verdict is None, verdict
    scene.hear(decision)
    return decision.id


def why(verdict: Verdict | None) -> tuple[Open, ...]:
    """What is open, of a publication refused."""
    assert verdict is not None
    assert verdict.status == 422
    assert all(each.text in verdict.reason for each in verdict.open[:5])
    return verdict.open


PUBLISH = PublishOfficial("relay")
