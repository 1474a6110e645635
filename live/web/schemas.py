"""The JSON of the API and the stream, as JSON Schema 2020-12: one description for OpenAPI and AsyncAPI."""

from typing import Any, get_args

from live.contests import Reason
from live.messages.boards import Quality, RaceState, Status
from live.messages.decisions import RULINGS
from live.messages.display import ScreenView

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
YES_NO: Schema = {"type": "boolean"}
WHOLE: Schema = {"type": "integer"}
COUNT: Schema = {"type": "integer", "minimum": 0}
INSTANT: Schema = {"type": "integer", "description": "ms since 1970-01-01T00:00:00Z"}
DURATION: Schema = {"type": "integer", "description": "ms"}
ANY: Schema = {"type": "object"}


def ref(name: str) -> Schema:
    """Return a reference to a schema among the components."""
    return {"$ref": f"#/components/schemas/{name}"}


def maybe(schema: Schema) -> Schema:
    """Return the schema, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def listed(schema: Schema) -> Schema:
    """Return a list of it."""
    return {"type": "array", "items": schema}


def one_of(words: Any) -> Schema:
    """Return one of the words of a `Literal`."""
    return {"type": "string", "enum": list(get_args(words))}


def members(required: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    """Return an object; members may be added to it later, never removed."""
    return {"type": "object", "required": list(required), "properties": {**required, **(optional or {})}}


WORDS = members({}, {language: TEXT for language in ("fr", "nl", "en")})
ORDER: Schema = {
    **listed(TEXT),
    "description": "who runs in whose place, one runner for each code of the legs in the order in which they first "
    "name it, empty for nobody; no member at all where they run as entered",
}
FORECAST = members({"at_ms": INSTANT, "error_ms": DURATION}, {"point": TEXT})

STATE: dict[str, Schema] = {
    "edition": {**COUNT, "description": "of the official result; 0 before the first"},
    "official_at_ms": maybe(INSTANT),
    "provisional_since_ms": maybe(INSTANT),
    "objections_until_ms": maybe(INSTANT),
    "frozen_since_ms": maybe(INSTANT),
}
"""What goes with the state of a race."""

STANDING = members(
    {
        "place": maybe(COUNT),
        "bib": TEXT,
        "team": TEXT,
        "company": TEXT,
        "category": TEXT,
        "status": one_of(Status),
        "laps": COUNT,
        "point": maybe(TEXT),
        "time_ms": maybe(DURATION),
        "at_ms": maybe(INSTANT),
        "gap_ms": maybe(DURATION),
        "gap_laps": COUNT,
        "quality": one_of(Quality),
        "provisional": YES_NO,
        "missing": listed(TEXT),
        "doubts": listed(TEXT),
        "lap_times_ms": listed(DURATION),
        "next": maybe(FORECAST),
        "finish": maybe(FORECAST),
    },
    {"index": COUNT, "order": ORDER},
)
BOARD = members(
    {
        "race": TEXT,
        "version": COUNT,
        "journal": TEXT,
        "state": one_of(RaceState),
        "frozen": YES_NO,
        "as_of_ms": INSTANT,
        "laps_total": maybe(COUNT),
        "count": {**COUNT, "description": "all rows that the filter lets through, whatever `head` cuts off"},
        "standings": listed(ref("Standing")),
    },
    {
        **STATE,
        "notices": {**listed(ref("Notice")), "description": "of officials, to everybody; only over HTTP"},
        "silent": {
            **listed(members({"point": TEXT, "since_ms": INSTANT})),
            "description": "timing points that should speak and do not; only over HTTP",
        },
    },
)
LAP_ROW = members(
    {"bib": TEXT, "place": maybe(COUNT), "elapsed_ms": DURATION, "lap_ms": DURATION, "quality": one_of(Quality)},
    {"lap_quality": {**one_of(Quality), "description": "of `lap_ms`; `quality` is of `elapsed_ms`"}},
)
CROSSING = members(
    {"device": TEXT, "epoch": TEXT, "seq": COUNT, "at_ms": INSTANT, "verdict": TEXT, "reason": WORDS},
    {"runner": maybe(TEXT), "point": maybe(TEXT), "lap": maybe(COUNT)},
)
SPLIT = members(
    {"point": TEXT, "runner": maybe(TEXT), "elapsed_ms": DURATION, "place": maybe(COUNT)}, {"quality": one_of(Quality)}
)
LAP = members(
    {
        "lap": COUNT,
        "runners": listed(TEXT),
        "lap_ms": maybe(DURATION),
        "elapsed_ms": maybe(DURATION),
        "place": maybe(COUNT),
        "quality": one_of(Quality),
        "provisional": YES_NO,
        "missing": listed(TEXT),
        "splits": listed(SPLIT),
    },
    {"lap_quality": {**one_of(Quality), "description": "of `lap_ms`; `quality` is of `elapsed_ms`"}},
)
END = members(
    {
        "lap": COUNT,
        "at_ms": INSTANT,
        "error_ms": DURATION,
        "joining": {**listed(TEXT), "description": "who joins the team at the end of that lap: be ready by then"},
    }
)
TEAM = members(
    {
        "race": TEXT,
        "version": COUNT,
        "bib": TEXT,
        "team": TEXT,
        "company": TEXT,
        "category": TEXT,
        "status": one_of(Status),
        "place": maybe(COUNT),
        "runners": listed(members({"runner": TEXT, "name": TEXT})),
        "laps": listed(LAP),
        "crossings": listed(CROSSING),
        "doubts": listed(ANY),
        "next": maybe(FORECAST),
        "finish": maybe(FORECAST),
    },
    {"order": ORDER, "ends": listed(END)},
)
ARRIVAL = members(
    {
        "bib": TEXT,
        "team": TEXT,
        "point": TEXT,
        "lap": {**maybe(COUNT), "description": "the lap that it ends there, null at a point inside the loop"},
        "at_ms": INSTANT,
        "error_ms": {
            **DURATION,
            "description": "half the width that held four in five of such forecasts so far, in ms",
        },
        "overdue": YES_NO,
        "overdue_since_ms": maybe(INSTANT),
        "position_m": {
            **maybe(COUNT),
            "description": "where to draw it, in metres into its lap: decoration, never a rank; null where that is "
            "anybody's guess",
        },
    }
)
RACE = members(
    {
        "race": TEXT,
        "name": TEXT,
        "state": one_of(RaceState),
        "frozen": YES_NO,
        "laps_total": maybe(COUNT),
        "entries": COUNT,
        "course": TEXT,
    },
    {
        "version": COUNT,
        "ranked": YES_NO,
        "start_ms": INSTANT,
        "legs": listed(listed(TEXT)),
        "categories": listed(TEXT),
        **STATE,
    },
)
COURSE = members(
    {"id": TEXT, "length_m": COUNT, "loop": YES_NO, "points": listed(members({"id": TEXT, "at_m": COUNT}))}
)
EVENT = members(
    {
        "event": members({"id": TEXT, "name": TEXT, "place": TEXT, "timezone": TEXT, "languages": listed(TEXT)}),
        "races": listed(RACE),
        "courses": listed(COURSE),
    }
)
RESULT = members(
    {
        "place": maybe(COUNT),
        "bib": TEXT,
        "team": TEXT,
        "company": TEXT,
        "category": TEXT,
        "status": one_of(Status),
        "laps": COUNT,
        "time": {"type": "string", "description": "whole seconds, rounded up"},
        "time_ms": maybe(DURATION),
        "gap_ms": maybe(DURATION),
        "lap_times_ms": listed(DURATION),
        "quality": one_of(Quality),
    }
)
RESULTS = members(
    {
        "race": TEXT,
        "name": TEXT,
        "version": COUNT,
        "state": one_of(RaceState),
        "count": COUNT,
        "results": listed(RESULT),
    },
    {"frozen": YES_NO, **STATE},
)
PASSAGE = members(
    {"seq": {"type": "integer", "minimum": 1}, "at_ms": INSTANT},
    {"chip": TEXT, "bib": TEXT, "runner": TEXT, "race": TEXT, "point": TEXT, "rssi": WHOLE, "reads": WHOLE},
)
PASSAGES = members({"v": {"const": 1}, "epoch": TEXT, "passages": listed(ref("Passage"))})
STORED = members({"v": {"const": 1}, "epoch": TEXT, "through": COUNT})
DEVICE_STATUS = members(
    {"v": {"const": 1}, "state": {"enum": ["online", "offline"]}},
    {
        "at_ms": maybe(INSTANT),
        "epoch": maybe(TEXT),
        "last_seq": COUNT,
        "queued": COUNT,
        "clock": maybe(members({"offset_ms": WHOLE, "error_ms": WHOLE})),
        "battery": maybe({"type": "number"}),
    },
)
TRESPASS = members(
    {
        "user": TEXT,
        "what": {"enum": ["publish", "client_id", "flood", "size"]},
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
READY = members(
    {
        "ready": YES_NO,
        "missing": listed(TEXT),
        "bus": YES_NO,
        "boards": {"type": "object", "additionalProperties": COUNT},
        "ingest": members({"heard_ms_ago": maybe(DURATION), "version": COUNT}),
    }
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
            "enum": ["raw", "counted", "questionable", "ignored"],
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
        "level": {"enum": ["info", "safety"], "description": "safety: first, and not to be closed"},
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

SCHEMAS: dict[str, Schema] = {
    "Accepted": ACCEPTED,
    "AtLine": AT_LINE,
    "Arrivals": members({"race": TEXT, "version": COUNT, "as_of_ms": INSTANT, "arrivals": listed(ARRIVAL)}),
    "Board": BOARD,
    "Decision": DECISION,
    "Decisions": members({"decisions": listed(ANY)}),
    "Devices": members(
        {
            "devices": listed(members({"device": TEXT, "state": TEXT})),
            "backup": members({"at_ms": INSTANT, "facts": COUNT, "trouble": TEXT}),
            "health": members(
                {
                    "missing": listed(TEXT),
                    "canary": members({"age_ms": maybe(COUNT), "p50_ms": maybe(COUNT), "p95_ms": maybe(COUNT)}),
                    "broker": members(
                        {"alarm": TEXT, "restarts": COUNT, "counts": ANY, "trespasses": listed(TRESPASS)}
                    ),
                }
            ),
        }
    ),
    "Doubts": members({"doubts": listed(ANY)}),
    "Event": EVENT,
    "Laps": members({"race": TEXT, "laps": listed(members({"lap": COUNT, "rows": listed(LAP_ROW)}))}),
    "Honours": members(
        {
            "race": TEXT,
            "companies": listed(
                members(
                    {
                        "place": maybe(COUNT),
                        "company": TEXT,
                        "time_ms": maybe(DURATION),
                        "bibs": listed(TEXT),
                        "teams": COUNT,
                        "needed": COUNT,
                    },
                    {"reason": maybe(members({"code": TEXT}, WORDS["properties"]))},
                )
            ),
            "fastest": listed(
                members(
                    {
                        "leg": maybe(TEXT),
                        "lap_ms": DURATION,
                        "laps": listed(members({"bib": TEXT, "lap": COUNT})),
                    }
                )
            ),
        }
    ),
    "Notice": NOTICE,
    "NoticePosted": members(
        {"text": WORDS},
        {
            "id": {**TEXT, "description": "of an earlier notice, to say it otherwise"},
            "level": {"enum": ["info", "safety"], "default": "info"},
            "until_ms": INSTANT,
        },
    ),
    "Notices": members({"notices": listed(ref("Notice"))}),
    "Passage": PASSAGE,
    "Passages": PASSAGES,
    "PassagesJudged": members({"passages": listed(ANY), "next": maybe(TEXT)}),
    "Prizes": members({"race": TEXT, "version": COUNT, "state": one_of(RaceState), "prizes": listed(PRIZE)}),
    "Problem": PROBLEM,
    "Ready": READY,
    "Rejected": members({"rejected": listed(members({"topic": TEXT, "reason": TEXT})), "count": COUNT}),
    "Results": RESULTS,
    "Screen": SCREEN,
    "ScreenView": members(VIEW, VIEW_OPTIONS),
    "Screens": members({"screens": listed(ref("Screen"))}),
    "Standing": STANDING,
    "Stored": STORED,
    "Team": TEAM,
    "Unveiled": members({"prize": maybe({"type": "integer", "minimum": 1})}, {"race": TEXT, "places": listed(COUNT)}),
    "Walk": WALK,
}
"""What OpenAPI lists among its components."""
