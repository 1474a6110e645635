"""The JSON of the API and the stream: one description for OpenAPI and AsyncAPI."""

from live.messages.boards import Quality, RaceState, Status
from live.messages.display import NoticeLevel
from live.web.json_schema import (
    ANY,
    COUNT,
    DURATION,
    INSTANT,
    TEXT,
    WORDS,
    YES_NO,
    Schema,
    listed,
    maybe,
    members,
    one_of,
    ref,
)
from live.web.official_schemas import (
    ACCEPTED,
    AT_LINE,
    CANARY,
    DECISION,
    DEVICE,
    NOTICE,
    PASSAGE,
    PASSAGES,
    PRIZE,
    PROBLEM,
    READY,
    SCREEN,
    SET_ASIDE,
    STORED,
    TRESPASS,
    VIEW,
    VIEW_OPTIONS,
    WALK,
)

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
        "gun_ms": {**maybe(INSTANT), "description": "the race clock counts from it; null before it was fired"},
        "close_below": {
            **YES_NO,
            "description": "the first row below shares the last one's second on another place: both have tenths",
        },
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
REASON = members({"code": TEXT}, {**WORDS["properties"], "lap": maybe(COUNT)})
CROSSING = members(
    {
        "device": maybe(TEXT),
        "epoch": maybe(TEXT),
        "seq": maybe(COUNT),
        "at_ms": INSTANT,
        "verdict": TEXT,
        "reason": REASON,
    },
    {
        "runner": maybe(TEXT),
        "point": maybe(TEXT),
        "lap": maybe(COUNT),
        "quality": one_of(Quality),
        "decision": {**maybe(TEXT), "description": "of the official who added it; then no device saw it"},
    },
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
CLOCK: Schema = {"enum": ["wall", "facts"], "description": "whose time it is: now, or that of the facts of a replay"}
EVENT = members(
    {
        "event": members(
            {"id": TEXT, "name": TEXT, "place": TEXT, "timezone": TEXT, "languages": listed(TEXT)}, {"clock": CLOCK}
        ),
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
    {"frozen": YES_NO, "as_of_ms": INSTANT, "laps_total": maybe(COUNT), **STATE},
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
            "devices": listed(DEVICE),
            "backup": members({"at_ms": INSTANT, "facts": COUNT, "trouble": TEXT}),
            "health": members(
                {
                    "missing": listed(TEXT),
                    "canary": CANARY,
                    "broker": members(
                        {"alarm": TEXT, "restarts": COUNT, "counts": ANY, "trespasses": listed(TRESPASS)}
                    ),
                }
            ),
        }
    ),
    "Doubts": members({"doubts": listed(ANY)}),
    "Event": EVENT,
    "Laps": members(
        {"race": TEXT, "laps": listed(members({"lap": COUNT, "rows": listed(LAP_ROW)}))},
        {"version": COUNT, "state": one_of(RaceState)},
    ),
    "Honours": members(
        {
            "race": TEXT,
            "companies": listed(
                members(
                    {
                        "place": maybe(COUNT),
                        "company": TEXT,
                        "laps": COUNT,
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
        },
        {"version": COUNT, "state": one_of(RaceState)},
    ),
    "Notice": NOTICE,
    "NoticePosted": members(
        {"text": WORDS},
        {
            "id": {**TEXT, "description": "of an earlier notice, to say it otherwise"},
            "level": {**one_of(NoticeLevel), "default": "info"},
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
    "Rejected": members({"rejected": listed(SET_ASIDE), "count": COUNT}),
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
