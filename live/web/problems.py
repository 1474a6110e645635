"""Errors: RFC 9457 problem documents for programs, a page for people; one form for every refusal."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from live.strict_json import to_json
from live.web import pages
from live.web.answers import NoAnswer, Refused
from live.web.headers import security_headers
from live.web.state import of

TITLES = {
    400: "Bad request",
    401: "Token missing or unknown",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Changed by somebody else meanwhile",
    413: "Too large",
    422: "Cannot be accepted",
    500: "Our error",
    503: "Not available right now",
}


class Problem(HTTPException):
    """A refusal. `members` are added to the document, `headers` to the answer."""

    def __init__(self, status: int, detail: str, members: Mapping[str, object] | None = None, **headers: str) -> None:
        super().__init__(status, detail, {name.replace("_", "-"): value for name, value in headers.items()} or None)
        self.members = dict(members or {})


def document(
    status: int, detail: str, members: Mapping[str, object] | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the answer that says what went wrong."""
    title = TITLES.get(status, "Error")
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **(members or {})}
    return Response(to_json(body), status, headers, media_type="application/problem+json")


async def refused(request: Request, error: Exception) -> Response:
    """Answer a `Problem`, and what Starlette itself refuses: no such address, no such method."""
    assert isinstance(error, HTTPException)
    members = error.members if isinstance(error, Problem) else {}
    details = {404: f"{request.url.path} is no address here", 405: f"{request.method} is not possible here"}
    detail = error.detail if isinstance(error, Problem) else details.get(error.status_code, error.detail)
    headers = {"Allow": _allowed(request)} if error.status_code == 405 else error.headers
    return _said(request, error.status_code, detail, members, headers)


def _said(
    request: Request, status: int, detail: str, members: Mapping[str, object], headers: Mapping[str, str] | None
) -> Response:
    """A browser that asks for a page gets one, whoever asks the API a document."""
    if request.url.path.startswith("/api/") or "text/html" not in request.headers.get("Accept", ""):
        return document(status, detail, members, headers)
    answer = pages.problem(request, status)
    answer.headers.update(headers or {})
    return answer


def _allowed(request: Request) -> str:
    """Return the methods of every route at this address: Starlette names those of the first only."""
    here = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    return ", ".join(sorted({method for route in here if isinstance(route, Route) for method in route.methods or ()}))


async def refused_by_ingest(request: Request, error: Exception) -> Response:
    """Answer what ingest refused: an unknown team (404), a question without sense (422)."""
    assert isinstance(error, Refused)
    return _said(request, error.status, error.detail, {}, None)


async def unanswered(request: Request, error: Exception) -> Response:
    """Answer that the journal's keeper is away; boards still stand."""
    assert isinstance(error, NoAnswer)
    return _said(request, 503, str(error), error.members, {"Retry-After": "2"})


async def broken(request: Request, error: Exception) -> Response:
    """Answer an error of ours; the server logs it."""
    # This answer is made outside of the middleware that gives headers to all others.
    headers = {**security_headers(of(request).settings), "Cache-Control": "no-store"}
    return _said(request, 500, "an error on our side; it was logged", {}, headers)
