"""OpenAPI and AsyncAPI: valid, complete, and true of the answers."""

from dataclasses import asdict
from typing import Any

import httpx
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.routing import Route

from live.messages.decisions import RULINGS
from live.web.app import API, create_app
from live.web.openapi import PATHS
from live.web.schemas import SCHEMAS
from live.web.state import WebState
from live.wire import Topics
from tests.web.conftest import Keeper, board_rows, head
from tests.web.test_api import TEAM

ESTIMATED = {"device": None, "epoch": None, "seq": None, "decision": None, "point": None, "quality": "estimated"}
CROSSINGS = [*TEAM["crossings"], {**TEAM["crossings"][0], **ESTIMATED}]
"""One of a device, and one that no device saw."""
JUDGE = {"Authorization": "Bearer judge-token"}


def promised(path: str, method: str, status: int, media_type: str) -> dict[str, Any]:
    """The schema that an answer was promised to have."""
    schema: dict[str, Any] = PATHS[path][method]["responses"][str(status)]["content"][media_type]["schema"]
    return schema


def faults(answer: Any, schema: dict[str, Any], *, whole: bool = False) -> list[str]:
    """What in the answer is not as the schema says; with `whole` also what it does not mention."""
    described = {**schema, "components": {"schemas": SCHEMAS}}
    validator = OAS31Validator(_closed(described) if whole else described)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(answer)]


def _closed(schema: Any) -> Any:
    """The schema, with nothing allowed but what it describes."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {"additionalProperties": False} if schema.get("type") == "object" and "properties" in schema else {}
    return {**{name: _closed(each) for name, each in schema.items()}, **closed}


async def test_openapi_is_valid(web: httpx.AsyncClient) -> None:
    document = (await web.get("/api/v1/openapi.json")).json()
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_openapi_has_every_route_for_programs_and_no_other(state: WebState) -> None:
    served = set()
    for route in API:
        assert isinstance(route, Route)
        served |= {(route.path_format, method.lower()) for method in route.methods or () if method != "HEAD"}
    described = {(path, method) for path, operations in PATHS.items() for method in operations}
    assert served == described
    paths = [route.path_format for route in create_app(state).routes if isinstance(route, Route)]
    assert {path for path in paths if path.startswith("/api/")} <= set(PATHS)


async def test_answers_are_as_described(web: httpx.AsyncClient, keeper: Keeper) -> None:
    """And nothing is in them that is not described."""
    keeper.answers = {
        "team": {**TEAM, "crossings": CROSSINGS},
        "board_at": {"head": asdict(head("relay", 14, 5)), "rows": [asdict(each) for each in board_rows()]},
        "passages": {"passages": TEAM["crossings"], "next": "12"},
        "devices": {
            "devices": [{"device": "mat-line", "state": "online"}],
            "backup": {"at_ms": 1_464_274_200_000, "facts": 7, "trouble": ""},
        },
        "decisions": {"decisions": []},
        "doubts": {"doubts": TEAM["doubts"]},
        "rejected": {"rejected": [{"topic": "x", "reason": "no JSON", "raw": "eA==", "heard_at_ms": 1}], "count": 1},
    }
    for path, operations in PATHS.items():
        if "get" not in operations or path == "/metrics" or path.endswith("/line"):  # the stream: test_line_api.py
            continue
        answer = await web.get(path.format(race="relay", bib="7", format="json", name="main"), headers=JUDGE)
        assert answer.status_code == 200, path
        assert faults(answer.json(), promised(path, "get", 200, "application/json"), whole=True) == [], path


async def test_problems_are_as_described(web: httpx.AsyncClient) -> None:
    told = (await web.get("/api/v1/races/x/standings")).json()
    schema = promised("/api/v1/races/{race}/standings", "get", 404, "application/problem+json")
    assert faults(told, schema) == []
    assert faults({"title": "x"}, schema) != []


async def test_asyncapi_names_the_topics_of_this_event(web: httpx.AsyncClient, state: WebState) -> None:
    document = (await web.get("/api/v1/asyncapi.json")).json()
    topics = Topics(state.event.id)
    by_name = {name: channel["address"] for name, channel in document["channels"].items()}
    assert by_name == {
        "passages": topics.passages("device").replace("/device", "/{device}"),
        "status": f"{topics.root}devices/{{device}}",
        "stored": topics.stored("device").replace("/device", "/{device}"),
        "clock": topics.clock("device").replace("/device", "/{device}"),
        "clockAnswer": topics.clock("device").replace("/device", "/{device}") + "/answer",
        "stream": "/api/v1/races/{race}/stream",
    }


async def test_every_reference_in_asyncapi_leads_somewhere(web: httpx.AsyncClient) -> None:
    document = (await web.get("/api/v1/asyncapi.json")).json()
    references = list(_references(document))
    assert len(references) > 20
    for reference in references:
        found = document
        for level in reference.removeprefix("#/").split("/"):
            assert level in found, reference
            found = found[level]


def _references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [found for each in value for found in _references(each)]
    if not isinstance(value, dict):
        return []
    here = [value["$ref"]] if "$ref" in value else []
    return here + [found for each in value.values() for found in _references(each)]


def test_every_ruling_is_described() -> None:
    assert SCHEMAS["Decision"]["properties"]["type"]["enum"] == sorted(RULINGS)
