"""The JSON between devices, officials and the speaker, and the server."""

from live.contests import Reason
from live.messages.boards import RaceState
from live.messages.decisions import RULINGS
from live.messages.devices import DeviceState
from live.messages.display import LineState, NoticeLevel, ScreenView
from live.messages.services import TrespassKind
from live.web.json_schema import (
    ANY,
    COUNT,
    DURATION,
    INSTANT,
    TEXT,
    WHOLE,
    WORDS,
    YES_NO,
    Schema,
    listed,
    maybe,
    members,
    one_of,
    ref,
)

PASSAGE = members(
    {"seq": {"type": "integer", "minimum": 1}, "at_ms": INSTANT},
    {"chip": TEXT, "bib": TEXT, "runner": TEXT, "race": TEXT, "point": TEXT, "rssi": WHOLE, "reads": WHOLE},
)
PASSAGES = members({"v": {"const": 1}, "epoch": TEXT, "passages": listed(ref("Passage"))})
STORED = members({"v": {"const": 1}, "epoch": TEXT, "through": COUNT})
DEVICE_STATUS = members(
    {"v": {"const": 1}, "state": one_of(DeviceState)},
    {
        "at_ms": maybe(INSTANT),
        "epoch": maybe(TEXT),
        "last_seq": COUNT,
        "queued": COUNT,
        "clock": maybe(members({"offset_ms": WHOLE, "error_ms": WHOLE})),
        "battery": maybe({"type": "number"}),
    },
)
HOLES = listed({**listed(COUNT), "description": "the first and the last number that never arrived"})
DEVICE = members(
    {"device": TEXT, "state": TEXT},
    {
        "point": maybe(TEXT),
        "course": maybe(TEXT),
        "trust": maybe(TEXT),
        "at_ms": maybe(INSTANT),
        "last_at_ms": {**maybe(INSTANT), "description": "of its latest passage, by its own clock"},
        "stored": maybe(members({"epoch": TEXT, "through": COUNT})),
        "holes": HOLES,
        "earlier": {**listed(members({"epoch": TEXT, "holes": HOLES})), "description": "what its other epochs lack"},
        "missing": {**listed(WORDS), "description": "all holes in words"},
        "events": listed(members({"at_ms": INSTANT, "what": TEXT}, {"epoch": maybe(TEXT), "text": WORDS})),
        "queued": maybe(COUNT),
        "last_seq": maybe(COUNT),
        "clock": maybe(ANY),
        "first_clock": maybe(ANY),
        "lingering": listed(ANY),
        "battery": maybe({"type": "number"}),
    },
)
SET_ASIDE = members(
    {"topic": TEXT, "reason": TEXT},
    {"raw": TEXT, "heard_at_ms": INSTANT, "times": COUNT, "device": maybe(TEXT)},
)
TRESPASS = members(
    {
        "user": TEXT,
        "what": one_of(TrespassKind),
        "about": TEXT,
        "times": COUNT,
        "at_ms": INSTANT,
    }
)
DECISION = members(
    {"id": TEXT, "type": {"type": "string", "enum": sorted(RULINGS)}},
    {"v": {"const": 1}, "reason": TEXT, "base_version": WHOLE},
)
ACCEPTED = members({"id": TEXT, "version": COUNT}, {"pending": YES_NO})
OPEN = members(
    {"what": TEXT, "text": TEXT, "bib": maybe(TEXT), "podium": maybe(COUNT), "doubt": maybe(TEXT)},
)
CANARY = members({"age_ms": maybe(COUNT), "p50_ms": maybe(COUNT), "p95_ms": maybe(COUNT)})
READY = members(
    {
        "ready": YES_NO,
        "missing": listed(TEXT),
        "bus": YES_NO,
        "boards": {"type": "object", "additionalProperties": COUNT},
        "ingest": members({"heard_ms_ago": maybe(DURATION), "version": COUNT}),
    },
    {
        "canary": CANARY,
        "backup": members({"ms_ago": maybe(DURATION), "trouble": TEXT}),
    },
)
PROBLEM = members(
    {"type": TEXT, "title": TEXT, "status": WHOLE, "detail": TEXT},
    {
        "open": {
            **listed(OPEN),
            "description": "what speaks against a publication; `podium` is the place that it touches",
        }
    },
)

CALLED = members(
    {
        "bib": TEXT,
        "team": TEXT,
        "company": TEXT,
        "category": TEXT,
        "runners": listed(members({"runner": TEXT, "name": TEXT})),
    }
)
WINNER = members(
    {
        "place": COUNT,
        "shared": YES_NO,
        "name": {"type": "string", "description": "of the team or, among companies, of the company"},
        "bibs": listed(TEXT),
        "time_ms": DURATION,
        "time": TEXT,
        "lap": maybe(COUNT),
        "teams": listed(CALLED),
    }
)
CHANGED = members({"given": listed(TEXT), "now": listed(TEXT), "text": WORDS})
GIVEN = members(
    {
        "place": COUNT,
        "bibs": listed(TEXT),
        "decision": TEXT,
        "by": TEXT,
        "at_ms": INSTANT,
        "changed": {**maybe(CHANGED), "description": "others hold the place now than those it was handed to"},
    }
)
PRIZE = members(
    {
        "prize": {"type": "integer", "minimum": 1, "description": "its number in the event file"},
        "name": WORDS,
        "among": TEXT,
        "places": COUNT,
        "state": {"enum": ["settled", "waits"], "description": "settled: it may be read out"},
        "waits": listed(members({"code": one_of(Reason), "bibs": listed(TEXT), "count": COUNT, "text": WORDS})),
        "winners": {**listed(WINNER), "description": "in reading order: the last place first"},
        "given": listed(GIVEN),
    }
)
WALK = members(
    {
        "race": TEXT,
        "version": COUNT,
        "state": one_of(RaceState),
        "entries": COUNT,
        "started": COUNT,
        "back": COUNT,
        "still_out": COUNT,
        "unseen": {**COUNT, "description": "of those still out, whom no device has seen on the way"},
        "retired": COUNT,
        "not_started": COUNT,
        "absent": COUNT,
        "last_back_at_ms": maybe(INSTANT),
    },
    {"bibs_out": {**listed(TEXT), "description": "for officials only"}},
)

AT_LINE = members(
    {
        "key": {**TEXT, "description": "of the passage: told again under it when its state changes"},
        "race": TEXT,
        "bib": TEXT,
        "team": TEXT,
        "company": TEXT,
        "runners": listed(members({"runner": TEXT, "name": TEXT})),
        "at_ms": INSTANT,
        "at": TEXT,
        "state": {
            **one_of(LineState),
            "description": "raw: not judged yet; ignored: it was none, or was taken back",
        },
        "lap": maybe(COUNT),
        "text": WORDS,
    }
)
NOTICE = members(
    {
        "id": TEXT,
        "text": WORDS,
        "level": {**one_of(NoticeLevel), "description": "safety: first, and not to be closed"},
    },
    {"until_ms": {**INSTANT, "description": "over from then on; 0: it was withdrawn"}, "by": TEXT, "at_ms": INSTANT},
)
VIEW: dict[str, Schema] = {"view": one_of(ScreenView)}
VIEW_OPTIONS: dict[str, Schema] = {
    "race": {**maybe(TEXT), "description": "null: the main race"},
    "category": {**maybe(TEXT), "description": "with the view `category`"},
    "text": {**WORDS, "description": "with the view `message`"},
}
SCREEN = members(
    {"screen": TEXT, **VIEW, **VIEW_OPTIONS, "by": TEXT, "at_ms": INSTANT},
    {
        "slide": {**TEXT, "description": "what is on it right now"},
        "stamp": {**TEXT, "description": "another one: its page is to be painted anew"},
        "release": {**TEXT, "description": "of the server's pages"},
    },
)
