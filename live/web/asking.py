"""What a request to the API asks for: its race, its bib, its numbers, its bearer token, its body; or a refusal."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from starlette.requests import Request

from live.boards import RaceBoard
from live.fact_members import VERSION
from live.messages.boards import BoardHead, Row
from live.programme import SEXES, Entry, Race, code
from live.slips import one_slip
from live.strict_json import convert, from_anybody
from live.web.problems import Problem
from live.web.session import token_of
from live.web.state import WebState, of

SUGGESTIONS = 5


def asked_race(request: Request) -> RaceBoard:
    """Return the board of the race in the address.

    Raises:
        Problem: 404, naming the races there are.
    """
    boards = of(request).boards.by_race
    board = boards.get(request.path_params["race"])
    if board is None:
        raise Problem(404, f"no race {request.path_params['race']!r} in this event", {"races": list(boards)})
    return board


def shown_board(request: Request) -> RaceBoard:
    """Return the board of the race in the address, once it was heard whole.

    Raises:
        Problem: 404 for an unknown race, 503 while the board is not there yet.
    """
    board = asked_race(request)
    if not board.complete:
        raise Problem(503, "the board of this race has not arrived yet", Retry_After="2")
    return board


def board_of(race: Race, told: dict[str, Any]) -> RaceBoard:
    """Return the board that ingest told."""
    board = RaceBoard(race)
    head = convert(told["head"], BoardHead)
    board.hear(head)
    board.put(convert(told["rows"], list[Row]), head.version)
    return board


async def true_board(state: WebState, board: RaceBoard) -> RaceBoard:
    """Return the board as it is, also while the public is frozen: for officials and the speaker only (T90)."""
    if board.head is None or not board.head.frozen:
        return board
    return board_of(board.race, await state.ask("board", race=board.race.id, official="1"))


def by_official(request: Request) -> bool:
    """Whether the request is an official's: he is told how it is, also while the public is frozen (T90)."""
    token = token_of(request)
    return token != "" and of(request).secrets.verify_official(token) is not None


def asked_entry(request: Request, race: Race) -> Entry:
    """Return the entry whose bib is in the address.

    Raises:
        Problem: 404, with bibs that look alike and the races that know this bib.
    """
    bib = code(request.path_params["bib"])
    entry = race.by_bib.get(bib)
    if entry is not None:
        return entry
    elsewhere = [other.id for other in of(request).event.races if bib in other.by_bib]
    near = one_slip(bib, race)[:SUGGESTIONS]
    raise Problem(404, f"no bib {bib!r} in race {race.id!r}", {"near": near, "races": elsewhere})


def asked_filter(asked: Mapping[str, str]) -> Callable[[Entry], bool] | None:
    """Return which entries `category` and `sex` let through; None for all.

    Raises:
        Problem: 422, the sex is none that entries have.
    """
    category, sex = asked.get("category"), asked.get("sex")
    if sex is not None and code(sex) not in SEXES:
        raise Problem(422, f"sex={sex}: F, M or X")
    if category is None and sex is None:
        return None
    return lambda entry: (category is None or entry.category == category) and (sex is None or entry.sex == code(sex))


def whole(asked: Mapping[str, str], name: str, least: int, most: int) -> int | None:
    """Return a whole number of the query, None where it is not asked.

    Raises:
        Problem: 422, it is none, or out of range.
    """
    text = asked.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 16 and least <= int(text) <= most):
        raise Problem(422, f"{name}={text}: a whole number from {least} to {most}")
    return int(text)


def official(request: Request) -> str:
    """Return the official whose token this request carries.

    Raises:
        Problem: 401, none, or one that is not (or no longer) an official's.
    """
    return _bearer(request, of(request).secrets.verify_official, "an official")


def official_or_speaker(request: Request) -> tuple[str, Literal["official", "speaker"]]:
    """Return whose token this request carries, and as what.

    Raises:
        Problem: 401, it is neither an official's nor a speaker's.
    """
    secrets = of(request).secrets
    if speaker := secrets.verify_speaker(token_of(request)):
        return speaker, "speaker"
    return _bearer(request, secrets.verify_official, "an official or a speaker"), "official"


def device(request: Request) -> str:
    """Return the device whose bearer token this request carries.

    Raises:
        Problem: 401, none, or not a device's; 403, a device that this event does not know.
    """
    name = _bearer(request, of(request).secrets.verify_device, "a device")
    if name not in of(request).event.by_device:
        raise Problem(403, f"{name!r} is no device of this event: name it in event.toml")
    return name


def _bearer(request: Request, verify: Callable[[str], str | None], whose: str) -> str:
    token = token_of(request)
    name = verify(token) if token else None
    if name is None:
        raise Problem(401, f"the bearer token of {whose} is needed (see `live token`)", WWW_Authenticate="Bearer")
    return name


async def posted(request: Request, most_bytes: int) -> dict[str, Any]:
    """Return the JSON object in the body.

    Raises:
        Problem: 413, it is larger than `most_bytes`; 422, it is no JSON object, or of another version.
    """
    most_bytes = min(most_bytes, of(request).settings.body_bytes)
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > most_bytes:
            raise Problem(413, f"at most {most_bytes} bytes")
    try:
        body = from_anybody(bytes(raw))
    except ValueError as error:
        raise Problem(422, str(error)) from error
    if not isinstance(body, dict):
        raise Problem(422, "the body is no JSON object")
    if body.get("v", VERSION) != VERSION or isinstance(body.get("v"), bool):
        raise Problem(422, f"version {body['v']!r}: this server understands version {VERSION}")
    return body
