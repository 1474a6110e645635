"""Signed in: the token of an official or a speaker in a cookie that no script can read. Programs send it as bearer.

The cookie is the token itself, so that `live token --revoke` ends it at once, whichever process serves the next
request. Over https its name begins with ``__Host-``, which binds it to this host and to https; a browser would not
keep such a cookie over plain http on a local network, so there it has another name and is read there only.
"""

from typing import Final, Literal
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from live.web.pages import page
from live.web.state import of

SECURE: Final = "__Host-live"
PLAIN: Final = "live-session"
NIGHT_S: Final = 36 * 3_600
"""A cookie outlives the evening and the night after it, not the week."""
MAX_FORM_BYTES: Final = 4 * 1024
SAFE: Final = ("GET", "HEAD", "OPTIONS")

Role = Literal["official", "speaker"]


def token_of(request: Request) -> str:
    """Return the token that a request carries, bearer or cookie; empty where it has none.

    A cookie goes along whoever's page makes a browser ask: to change anything with it the page must be ours.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    kept = request.cookies.get(_name(request), "")
    return kept if request.method in SAFE or is_ours(request) else ""


def signed_in(request: Request) -> tuple[str, Role] | None:
    """Return who is signed in, and as what; None where nobody is, or not any more."""
    token, secrets = token_of(request), of(request).secrets
    if not token:
        return None
    if speaker := secrets.verify_speaker(token):
        return speaker, "speaker"
    official = secrets.verify_official(token)
    return None if official is None else (official, "official")


def is_ours(request: Request) -> bool:
    """Whether a browser says that one of our own pages asks. It says so with every POST."""
    origin = request.headers.get("Origin", "").lower()
    return origin != "" and (
        urlsplit(origin).netloc == request.headers.get("Host", "").lower()
        or origin == of(request).settings.origin.lower()
    )


def _name(request: Request) -> str:
    return SECURE if request.url.scheme == "https" else PLAIN


async def sign_in_page(request: Request) -> Response:
    """GET /sign-in[?to=]: the form; whoever is signed in already is led on."""
    to = _inside(request.query_params.get("to", ""))
    return ask(request, to) if signed_in(request) is None else private(RedirectResponse(to, 303))


async def sign_in(request: Request) -> Response:
    """POST /sign-in: a form with the token and where to go then."""
    form = await posted_form(request)
    token, to = form.get("token", "").strip(), _inside(form.get("to", ""))
    secrets = of(request).secrets
    known = secrets.verify_speaker(token) or secrets.verify_official(token)
    if known is None or not is_ours(request):
        return ask(request, to, refused=True)
    answer = RedirectResponse(to, 303)
    secure = request.url.scheme == "https"
    answer.set_cookie(_name(request), token, max_age=NIGHT_S, path="/", secure=secure, httponly=True, samesite="strict")
    return answer


async def sign_out(request: Request) -> Response:
    """POST /sign-out: forget the cookie on this device."""
    answer = RedirectResponse("/", 303)
    if is_ours(request):
        answer.delete_cookie(_name(request), path="/", secure=request.url.scheme == "https", httponly=True)
    return answer


def ask(request: Request, to: str, refused: bool = False) -> Response:
    """Return the form that asks for a token."""
    shown = page(request, "sign_in.html", "sign-in", 401 if refused else 200, to=to, refused=refused)
    return private(shown)


def private(answer: Response) -> Response:
    """Mark a page of somebody signed in: no cache keeps it, and its forms say whose page they are on."""
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "same-origin"  # with none, a browser hides the origin of a form
    return answer


async def posted_form(request: Request) -> dict[str, str]:
    """Return the fields of a form, each with its last value; nothing of one that is too large."""
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_FORM_BYTES:
            return {}
    fields = parse_qs(raw.decode(errors="replace"), keep_blank_values=True)
    return {name: values[-1] for name, values in fields.items()}


def _inside(address: str) -> str:
    """Return an address of our own pages, where it is one: nobody may be led elsewhere."""
    ours = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if ours else "/speaker"


ROUTES: Final[list[BaseRoute]] = [
    Route("/sign-in", sign_in_page),
    Route("/sign-in", sign_in, methods=["POST"]),
    Route("/sign-out", sign_out, methods=["POST"]),
]
