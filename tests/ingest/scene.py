"""A race on paper: build an event in three lines, let chips be read, look at the board."""

from dataclasses import replace
from typing import Any

from live.boards import RaceBoard, Standing
from live.ingest.meeting import Meeting
from live.messages.boards import Row
from live.messages.decisions import Decision, Ruling
from live.messages.devices import Passage
from live.messages.facts import Recorded
from live.programme import Course, Device, Entry, Event, Race, Runner, TimingPoint
from live.times import parse_duration, parse_instant

GUN_MS = parse_instant("2016-05-26T16:30:00+02:00")
LOOP = Course("boucle", 3000, True, (TimingPoint("line", 0), TimingPoint("km1", 1000), TimingPoint("km2", 2000)))
DEVICES = (
    Device("mat-line", "line", "boucle", "main"),
    Device("mat-backup", "line", "boucle", "backup"),
    Device("scanner-1", "line", "boucle", "handheld"),
    Device("mat-km1", "km1", "boucle", "main"),
    Device("mat-km2", "km2", "boucle", "main"),
)
GROWING = (("A",), ("A", "B"), ("A", "B", "C"))


def entry(bib: str, runners: str = "ABC", race: str = "relay", number: int = 1, **about: Any) -> Entry:
    """A team whose chips are bib + runner code."""
    members = tuple(Runner(code, "", "", about.pop(code, ""), (bib + code,), "initials") for code in runners)
    about = {"team": f"Team {bib}", "company": "", "category": "", "wave": "", "start_ms": None, **about}
    return Entry(race=race, number=number, bib=bib, runners=members, **about)


def race(*entries: Entry, **rules: Any) -> Race:
    """The growing relay of the contract, or what the rules given make of it."""
    given: dict[str, Any] = {
        "id": "relay",
        "name": "Relay",
        "course": LOOP,
        "legs": GROWING,
        "repeat": 1,
        "finish": "all_laps",
        "duration_ms": None,
        "team_time": "last",
        "min_lap_ms": parse_duration("7:00"),
        "together_window_ms": 10_000,
        "together_ms": 15_000,
        "arrive_within_ms": 120_000,
        "start_ms": GUN_MS,
        "gun_ms": GUN_MS,
        "ranked": True,
        "companies_count": 1,
        "waves": (),
        "restarts": (),
        "prizes": (),
        **rules,
    }
    numbered = tuple(replace(each, number=n, race=given["id"]) for n, each in enumerate(entries, start=1))
    return Race(entries=numbered, **given)


def event(*races: Race, devices: tuple[Device, ...] = DEVICES, **about: Any) -> Event:
    """An event of these races."""
    given: dict[str, Any] = {
        "id": "paper",
        "name": "Paper",
        "place": "Tournai",
        "timezone": "Europe/Brussels",
        "languages": ("fr", "nl", "en"),
        "clock": "wall",
        "officials_to_publish": 1,
        **about,
    }
    courses = tuple({each.course.id: each.course for each in races}.values())
    return Event(courses=courses, races=races, devices=devices, **given)


def ms(at: str | int) -> int:
    """An instant from the gun: ``13:00`` or whole ms."""
    return GUN_MS + (parse_duration(at) if isinstance(at, str) else at)


class Scene:
    """A meeting that hears what the test lets it hear."""

    def __init__(self, *races: Race, **about: Any) -> None:
        self.event = event(*races, **about)
        self.meeting = Meeting(self.event, "paper")
        self.facts: list[Recorded] = []
        self.seqs: dict[str, int] = {}
        self.now_ms = ms("99:00:00")

    def read(self, chip: str, at: str | int, device: str = "mat-line", **about: Any) -> Passage:
        """A chip is read (`13:00` from the gun)."""
        self.seqs[device] = seq = self.seqs.get(device, 0) + 1
        passage = Passage(device, "e1", seq, ms(at), chip=chip, **about)
        self.hear(passage)
        return passage

    def type_bib(self, bib: str, at: str | int, device: str = "scanner-1", **about: Any) -> Passage:
        """A bib is typed by hand."""
        self.seqs[device] = seq = self.seqs.get(device, 0) + 1
        passage = Passage(device, "e1", seq, ms(at), bib=bib, **about)
        self.hear(passage)
        return passage

    def rule(self, ruling: Ruling, id: str = "", by: str = "anna", at: str | int = "2:00:00") -> str:
        """An official rules; return the decision's id."""
        decision = Decision(id or f"d{len(self.facts) + 1}", by, ms(at) + len(self.facts), ruling)
        refused = self.meeting.judge(decision)
        assert refused is None, refused
        self.hear(decision)
        return decision.id

    def hear(self, fact: Passage | Decision) -> None:
        """The fact is in the journal."""
        recorded = Recorded(len(self.facts) + 1, ms("2:00:00"), fact)
        self.facts.append(recorded)
        self.meeting.apply(recorded)

    def board(self, race: str = "relay") -> RaceBoard:
        """The board now."""
        self.meeting.changes(self.now_ms)
        board = RaceBoard(self.event.by_race[race])
        live = self.meeting.races[race]
        board.put((team.row for team in live.teams.values() if team.row is not None), live.version)
        return board

    def row(self, bib: str, race: str = "relay") -> Row:
        """A team's row now."""
        return self.board(race).rows[bib]

    def places(self, race: str = "relay") -> list[tuple[int | None, str]]:
        """Places and bibs in the order of the list."""
        return [(standing.place, standing.row.bib) for standing in self.board(race).standings()]

    def standing(self, bib: str, race: str = "relay") -> Standing:
        """A team's standing now."""
        return next(s for s in self.board(race).standings() if s.row.bib == bib)

    def verdicts(self, bib: str, race: str = "relay") -> list[tuple[str | None, str, str, int | None]]:
        """Runner, verdict, reason and lap of every crossing of a team, in order of time."""
        self.meeting.changes(self.now_ms)
        card = self.meeting.answer("team", {"race": race, "bib": bib})
        return [(c["runner"], c["verdict"], c["reason"]["code"], c["lap"]) for c in card["crossings"]]

    def laps(self, bib: str, race: str = "relay") -> list[int]:
        """A team's lap times in whole seconds."""
        return [lap // 1000 for lap in self.row(bib, race).lap_times_ms]

    def card(self, bib: str, race: str = "relay") -> dict[str, Any]:
        """All that is known of a team."""
        self.meeting.changes(self.now_ms)
        return self.meeting.answer("team", {"race": race, "bib": bib})


ONE = (("R",),)


def single(*bibs: str, laps: int = 1, **rules: object) -> Scene:
    """An individual race of so many laps; chips are bib + R."""
    return Scene(race(*(entry(bib, "R") for bib in bibs), legs=ONE, repeat=laps, **rules))
