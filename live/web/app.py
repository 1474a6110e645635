"""The whole web application: its routes on one screen, what is wrapped around them, and how errors are answered."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from live.web import api, problems
from live.web.answers import NoAnswer, Refused
from live.web.headers import Headers
from live.web.representation import Representation
from live.web.state import WebState

API: list[BaseRoute] = [
    Route("/api/v1/event", api.event),
    Route("/api/v1/races/{race}/standings", api.standings),
]


def create_app(state: WebState) -> Starlette:
    """Return the application. WebSockets are not in it: the stream is answered before, on the same port."""
    app = Starlette(
        routes=[*API],
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
