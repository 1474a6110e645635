"""OpenAPI 3.1 of the API. A test holds it equal to the route table, another each answer to its schema."""

from typing import Any

from live.programme import SEXES
from live.web.json_schema import COUNT, TEXT, Schema, ref
from live.web.schemas import SCHEMAS

Operation = dict[str, Any]

RACE = {"name": "race", "in": "path", "required": True, "schema": TEXT, "example": "relay"}
BIB = {"name": "bib", "in": "path", "required": True, "schema": TEXT, "example": "12"}
NOTICE = {"name": "id", "in": "path", "required": True, "schema": TEXT, "example": "soup"}
NAME = {"name": "name", "in": "path", "required": True, "schema": TEXT, "example": "main"}
FORMAT = {
    "name": "format",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "enum": ["csv", "json", "xlsx", "pdf"]},
}


def asked(name: str, schema: Schema, description: str) -> dict[str, Any]:
    """Return a parameter of the query."""
    return {"name": name, "in": "query", "schema": schema, "description": description}


CATEGORY = asked("category", TEXT, "only teams of this category; places and gaps are among them")
SEX = asked("sex", {**TEXT, "enum": list(SEXES)}, "only teams of women, of men, or of both")
LIMIT = asked("limit", {"type": "integer", "minimum": 1, "maximum": 1000}, "how many at most")
AT_MS = asked("at_ms", COUNT, "the board from the facts whose instant is not later, whenever they were heard")
KNOWN = asked("known", {"enum": [0, 1]}, "1, with at_ms: only the facts that were heard by then")
POINT = asked("point", TEXT, "only who is on the way to this point")
RACE_ASKED = asked("race", TEXT, "the race of a screen that nobody assigned")
HEAD = asked("head", {"type": "integer", "minimum": 1}, "only the first rows")


def content(schema: Schema, media_type: str = "application/json") -> dict[str, Any]:
    """Return a body."""
    return {media_type: {"schema": schema}}


def operation(
    summary: str,
    answer: dict[str, Any],
    *,
    status: int = 200,
    parameters: tuple[dict[str, Any], ...] = (),
    body: str | None = None,
    token: str | tuple[str, ...] = (),
    problems: tuple[int, ...] = (),
) -> Operation:
    """Return one operation; `token` whose token it needs, `problems` what else is refused."""
    problem = {"description": "what is wrong", "content": content(ref("Problem"), "application/problem+json")}
    described: Operation = {"summary": summary, "responses": {str(status): {"description": summary, "content": answer}}}
    for each in (*problems, *((401,) if token else ())):
        described["responses"][str(each)] = problem
    if parameters:
        described["parameters"] = list(parameters)
    if body:
        described["requestBody"] = {"required": True, "content": content(ref(body))}
    if token:
        described["security"] = [{each: []} for each in ((token,) if isinstance(token, str) else token)]
    return described


def named(schema: str) -> dict[str, Any]:
    """Return a JSON body of this schema."""
    return content(ref(schema))


FILTER = (CATEGORY, SEX)
BINARY: Schema = {"type": "string", "format": "binary"}
XLSX, PDF = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/pdf"
FIND = (
    *(asked(name, TEXT, f"only of this {name}") for name in ("device", "race", "bib", "chip", "verdict")),
    asked("team", TEXT, "another name for `bib`"),
    asked("before", TEXT, "go on where `next` of an answer says"),
    asked("next", TEXT, "another name for `before`"),
    LIMIT,
)

OFFICIAL, SPEAKER, DEVICE = "official", "speaker", "device"

PATHS: dict[str, dict[str, Operation]] = {
    "/api/v1/event": {"get": operation("The event, its races, courses, languages", named("Event"))},
    "/api/v1/races/{race}/standings": {
        "get": operation(
            "The board, now or at an instant",
            named("Board"),
            parameters=(RACE, *FILTER, AT_MS, KNOWN, HEAD),
            problems=(404, 422, 503),
        )
    },
    "/api/v1/races/{race}/teams/{bib}": {
        "get": operation("One team", named("Team"), parameters=(RACE, BIB), problems=(404, 503))
    },
    "/api/v1/races/{race}/arrivals": {
        "get": operation(
            "Who is expected next, who is overdue, as of now; nobody while the board is frozen",
            named("Arrivals"),
            parameters=(RACE, POINT, LIMIT),
            problems=(404, 422, 503),
        )
    },
    "/api/v1/races/{race}/laps": {
        "get": operation("The lap chart", named("Laps"), parameters=(RACE,), problems=(404, 503))
    },
    "/api/v1/races/{race}/honours": {
        "get": operation(
            "The ranking of companies, the fastest lap, the fastest of each leg",
            named("Honours"),
            parameters=(RACE,),
            problems=(404, 503),
        )
    },
    "/api/v1/races/{race}/prizes": {
        "get": operation(
            "Who gets which prize, in reading order; what waits, what was given",
            named("Prizes"),
            parameters=(RACE,),
            token=(OFFICIAL, SPEAKER),
            problems=(404, 503),
        )
    },
    "/api/v1/races/{race}/walk": {
        "get": operation(
            "How many set out, are back, are still out; with an official's token, who is still out",
            named("Walk"),
            parameters=(RACE,),
            problems=(401, 404, 503),
        )
    },
    "/api/v1/races/{race}/results.{format}": {
        "get": operation(
            "The list, provisional or official",
            {**named("Results"), **content(TEXT, "text/csv"), **content(BINARY, XLSX), **content(BINARY, PDF)},
            parameters=(RACE, FORMAT, *FILTER, asked("lang", TEXT, "words of XLSX and PDF: fr, nl or en")),
            problems=(404, 422, 503),
        )
    },
    "/api/v1/races/{race}/line": {
        "get": operation(
            "Who is at the line, told at once and again when judged, as server-sent events",
            content(ref("AtLine"), "text/event-stream"),
            parameters=(RACE,),
            token=(OFFICIAL, SPEAKER),
            problems=(404,),
        )
    },
    "/api/v1/races/{race}/unveiled": {
        "post": operation(
            "Read places of a prize out on the screens, or clear them",
            named("Unveiled"),
            status=202,
            parameters=(RACE,),
            body="Unveiled",
            token=(OFFICIAL, SPEAKER),
            problems=(404, 409, 413, 422, 503),
        )
    },
    "/api/v1/screens": {
        "get": operation("What officials assigned to each screen", named("Screens"), token=(OFFICIAL, SPEAKER))
    },
    "/api/v1/screens/{name}": {
        "get": operation("What a screen shows now", named("Screen"), parameters=(NAME, RACE_ASKED), problems=(404,)),
        "post": operation(
            "Assign a view to a screen",
            named("Screen"),
            status=202,
            parameters=(NAME,),
            body="ScreenView",
            token=OFFICIAL,
            problems=(404, 413, 422, 503),
        ),
    },
    "/api/v1/notices": {
        "get": operation("What officials announce now", named("Notices")),
        "post": operation(
            "Announce something to everybody, on every surface",
            named("Notice"),
            status=202,
            body="NoticePosted",
            token=OFFICIAL,
            problems=(413, 422, 503),
        ),
    },
    "/api/v1/notices/{id}": {
        "delete": operation(
            "Take a notice back",
            named("Notice"),
            status=202,
            parameters=(NOTICE,),
            token=OFFICIAL,
            problems=(404, 503),
        )
    },
    "/api/v1/decisions": {
        "get": operation("What was ruled, by whom", named("Decisions"), token=OFFICIAL, problems=(503,)),
        "post": operation(
            "Accept one decision; 202 once it is in the journal",
            named("Accepted"),
            status=202,
            body="Decision",
            token=(OFFICIAL, SPEAKER),
            problems=(403, 409, 413, 422, 503),
        ),
    },
    "/api/v1/doubts": {"get": operation("What waits for a ruling", named("Doubts"), token=OFFICIAL, problems=(503,))},
    "/api/v1/passages": {
        "get": operation(
            "What came in, judged",
            named("PassagesJudged"),
            parameters=FIND,
            token=OFFICIAL,
            problems=(422, 503),
        ),
        "post": operation(
            "Passages of a device; answered once they are durable",
            named("Stored"),
            body="Passages",
            token=DEVICE,
            problems=(403, 413, 422, 503),
        ),
    },
    "/api/v1/devices": {
        "get": operation("Each device's health, and the chain's", named("Devices"), token=OFFICIAL, problems=(503,))
    },
    "/api/v1/rejected": {
        "get": operation(
            "What could not be understood, with the reason",
            named("Rejected"),
            parameters=(LIMIT,),
            token=OFFICIAL,
            problems=(422, 503),
        )
    },
    "/api/v1/openapi.json": {"get": operation("This description", content({"type": "object"}))},
    "/api/v1/asyncapi.json": {"get": operation("The topics and the stream, described", content({"type": "object"}))},
    "/healthz": {"get": operation("The process is alive", content({"type": "object"}))},
    "/readyz": {
        "get": {
            **operation("It serves users truthfully right now, or what is missing", named("Ready")),
            "responses": {
                "200": {"description": "ready", "content": named("Ready")},
                "503": {"description": "not ready, and why", "content": named("Ready")},
            },
        }
    },
    "/metrics": {"get": operation("Figures for Prometheus", content(TEXT, "text/plain"))},
}
"""Every endpoint for programs. The stream is a WebSocket: AsyncAPI has it."""


def document(event: str) -> dict[str, Any]:
    """Return the whole description, for the event of this name."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"SMARTRUN Live: {event}",
            "version": "1",
            "description": "Instants are ms since 1970-01-01T00:00:00Z, durations ms, distances metres. Codes are "
            "strings. Members may be added to answers, never removed.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": PATHS,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                OFFICIAL: {"type": "http", "scheme": "bearer", "description": "`live token DIR official NAME`"},
                SPEAKER: {"type": "http", "scheme": "bearer", "description": "`live token DIR speaker NAME`"},
                DEVICE: {"type": "http", "scheme": "bearer", "description": "`live token DIR device NAME`"},
            },
        },
    }
