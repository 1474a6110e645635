"""The whole web application: its routes on one screen, what is wrapped around them, and how errors are answered."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from live.web import (
    api,
    arrivals_api,
    health,
    line_api,
    notices_api,
    officials_api,
    prizes,
    problems,
    screens_api,
    spectators,
)
from live.web.answers import NoAnswer, Refused
from live.web.headers import Headers
from live.web.representation import Representation
from live.web.state import WebState

API: list[BaseRoute] = [
    Route("/api/v1/event", api.event),
    Route("/api/v1/races/{race}/standings", api.standings),
    Route("/api/v1/races/{race}/teams/{bib}", api.team),
    Route("/api/v1/races/{race}/arrivals", arrivals_api.arriving),
    Route("/api/v1/races/{race}/laps", api.laps),
    Route("/api/v1/races/{race}/line", line_api.line),
    Route("/api/v1/races/{race}/honours", api.honours),
    Route("/api/v1/races/{race}/prizes", prizes.prizes),
    Route("/api/v1/races/{race}/walk", api.walk),
    Route("/api/v1/races/{race}/results.{format}", api.results),
    Route("/api/v1/races/{race}/unveiled", screens_api.unveil, methods=["POST"]),
    Route("/api/v1/screens", screens_api.screens),
    Route("/api/v1/screens/{name}", screens_api.screen),
    Route("/api/v1/screens/{name}", screens_api.assign, methods=["POST"]),
    Route("/api/v1/notices", notices_api.notices),
    Route("/api/v1/notices", notices_api.announce, methods=["POST"]),
    Route("/api/v1/notices/{id}", notices_api.withdraw, methods=["DELETE"]),
    Route("/api/v1/decisions", officials_api.decisions),
    Route("/api/v1/decisions", officials_api.post_decision, methods=["POST"]),
    Route("/api/v1/doubts", officials_api.doubts),
    Route("/api/v1/passages", officials_api.passages),
    Route("/api/v1/passages", officials_api.post_passages, methods=["POST"]),
    Route("/api/v1/devices", officials_api.devices),
    Route("/api/v1/rejected", officials_api.rejected),
    Route("/api/v1/openapi.json", api.openapi_document),
    Route("/api/v1/asyncapi.json", api.asyncapi_document),
    Route("/healthz", health.healthz),
    Route("/readyz", health.readyz),
    Route("/metrics", health.metrics),
]
"""For programs: `contract.md`, and `openapi` held equal to it by a test."""


def create_app(state: WebState) -> Starlette:
    """Return the application. WebSockets are not in it: the stream is answered before, on the same port."""
    app = Starlette(
        routes=[*API, *spectators.ROUTES],
        middleware=[Middleware(Headers, settings=state.settings), Middleware(Representation)],
        exception_handlers={
            HTTPException: problems.refused,
            Refused: problems.refused_by_ingest,
            NoAnswer: problems.unanswered,
            Exception: problems.broken,
        },
    )
    app.state.web = state
    return app
