"""What needs a token: who is let in, what is passed on, what is refused before it reaches the bus."""

from typing import Any

import httpx
import pytest

from live.messages.decisions import AdjustTime, Member, Open, ReorderRunners, SwapChips, VoidPassage
from live.messages.services import BrokerHealth, Trespass
from live.programme import code
from live.web.openapi import PATHS
from live.web.state import WebState
from tests.web.conftest import GUN_MS, Keeper

JUDGE = {"Authorization": "Bearer judge-token"}
HAND = {"Authorization": "bearer hand-token"}
PENALTY: dict[str, Any] = {
    "v": 1,
    "id": "6b0c",
    "reason": "cut the corner",
    "type": "adjust_time",
    "race": "relay",
    "bib": " 12 ",
    "by_ms": 30_000,
}
PASSAGES: dict[str, Any] = {
    "v": 1,
    "epoch": "9f2c",
    "passages": [{"seq": 40, "bib": "7", "at_ms": GUN_MS}, {"seq": 41, "chip": "12a", "at_ms": GUN_MS}],
}


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer nope"}, {"Authorization": "Basic judge-token"}, HAND])
@pytest.mark.parametrize("name", ["decisions", "doubts", "passages", "devices", "rejected", "races/relay/prizes"])
async def test_only_an_official_reads(
    web: httpx.AsyncClient, keeper: Keeper, name: str, header: dict[str, str]
) -> None:
    answer = await web.get(f"/api/v1/{name}", headers=header)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert keeper.asked == []


async def test_a_decision_carries_the_officials_name_and_the_servers_instant(
    web: httpx.AsyncClient, keeper: Keeper, state: WebState
) -> None:
    body = {**PENALTY, "by": "somebody else", "at_ms": 1, "base_version": 13}
    answer = await web.post("/api/v1/decisions", json=body, headers=JUDGE)
    assert (answer.status_code, answer.json()) == (202, {"id": "6b0c", "version": 15})
    (decision,) = keeper.decisions
    assert (decision.by, decision.at_ms, decision.base_version) == ("marie", state.now_ms(), 13)
    assert decision.ruling == AdjustTime("relay", "12", 30_000)


async def test_a_decision_without_a_token_is_not_even_read(web: httpx.AsyncClient, keeper: Keeper) -> None:
    for headers in ({}, HAND):
        answer = await web.post("/api/v1/decisions", content=b"{", headers=headers)
        assert answer.status_code == 401
    assert keeper.decisions == []


async def test_two_officials_on_one_team_and_the_second_hears_of_it(web: httpx.AsyncClient, keeper: Keeper) -> None:
    """T84: nothing vanishes silently."""
    keeper.verdict = (409, 17, "bib 12 was changed by jan")
    answer = await web.post("/api/v1/decisions", json=PENALTY, headers=JUDGE)
    assert answer.status_code == 409
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.json()["detail"], answer.json()["version"]) == ("bib 12 was changed by jan", 17)


async def test_a_publication_that_is_refused_lists_what_is_open(web: httpx.AsyncClient, keeper: Keeper) -> None:
    """T86, T77: each with its team, its doubt, and the place on the podium that it touches."""
    keeper.open = (Open("doubt", "bib 12, place 1: …", "12", 1, "late-crossing-relay-12-2-B"),)
    keeper.verdict = (422, 15, "relay cannot be official yet: bib 12, place 1: …")
    body = {"id": "p", "type": "publish_official", "race": "relay"}
    answer = await web.post("/api/v1/decisions", json=body, headers=JUDGE)
    assert answer.status_code == 422
    (told,) = answer.json()["open"]
    assert (told["what"], told["bib"], told["podium"]) == ("doubt", "12", 1)


async def test_the_first_of_two_publications_says_that_it_waits(web: httpx.AsyncClient, keeper: Keeper) -> None:
    keeper.pending = True
    body = {"id": "p", "type": "publish_official", "race": "relay"}
    answer = await web.post("/api/v1/decisions", json=body, headers=JUDGE)
    assert (answer.status_code, answer.json()) == (202, {"id": "p", "version": 15, "pending": True})


async def test_codes_in_nested_members_are_brought_into_their_form(web: httpx.AsyncClient, keeper: Keeper) -> None:
    """T18: also those of two runners, and a list of them."""
    swap = {"id": "s", "type": "swap_chips", "race": "relay", "a": {"bib": " 12a", "runner": "a"}}
    await web.post("/api/v1/decisions", json={**swap, "b": {"bib": "7", "runner": "b "}}, headers=JUDGE)
    order = {"id": "o", "type": "reorder_runners", "race": "relay", "bib": "12", "order": ["b", " a"]}
    await web.post("/api/v1/decisions", json=order, headers=JUDGE)
    assert [each.ruling for each in keeper.decisions] == [
        SwapChips("relay", Member("12A", "A"), Member("7", "B")),
        ReorderRunners("relay", "12", ("B", "A")),
    ]


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "JSON"),
        (b'{"id": "1", "type": "fire_gun", "race": "relay"}', "gun_at_ms"),
        (b'{"id": "1", "type": "fire_gun", "race": "relay", "gun_at_ms": null}', "gun_at_ms"),
        (b'{"id": "1", "type": "swap_chips", "race": "relay", "a": {"bib": "1"}, "b": {"bib": "2"}}', "runner"),
        (b'{"id": "1", "type": "reorder_runners", "race": "relay", "bib": "1", "order": [""]}', "order"),
        (b'{"id": "1", "type": "resolve_doubt", "doubt": "x", "accept": 1}', "accept"),
        (b"[1]", "object"),
        (b"[" * 9_000, "JSON"),
        (b'{"v": 2}', "version"),
        (b'{"id": "1", "id": "2", "type": "set_status"}', "twice"),
        (b'{"id": "1"}', "type"),
        (b'{"id": "1", "type": "abolish"}', "abolish"),
        (b'{"type": "set_status", "race": "relay", "bib": "12", "status": "dnf"}', "id"),
        (b'{"id": "1", "type": "set_status", "race": "relay", "bib": "12", "status": "tired"}', "status"),
        (b'{"id": "1", "type": "adjust_time", "race": "relay", "bib": "12", "by_ms": 1.5}', "by_ms"),
        (b'{"id": "1", "type": "void_passage", "device": "mat-line", "epoch": "9f2c"}', "seq"),
        (b'{"id": "1", "type": "revoke", "decision": "\xff"}', "JSON"),
    ],
)
async def test_what_is_no_decision_is_refused_with_the_reason(
    web: httpx.AsyncClient, keeper: Keeper, body: bytes, word: str
) -> None:
    """T20."""
    answer = await web.post("/api/v1/decisions", content=body, headers=JUDGE)
    assert answer.status_code == 422
    assert word in answer.json()["detail"]
    assert keeper.decisions == []


async def test_a_decision_larger_than_16_kb_is_refused(web: httpx.AsyncClient, keeper: Keeper) -> None:
    answer = await web.post("/api/v1/decisions", json={**PENALTY, "note": "x" * 17_000}, headers=JUDGE)
    assert answer.status_code == 413
    assert keeper.decisions == []


async def test_any_ruling_of_the_contract_is_read(web: httpx.AsyncClient, keeper: Keeper) -> None:
    body = {"id": "2", "type": "void_passage", "device": "mat-line", "epoch": "9f2c", "seq": 4}
    await web.post("/api/v1/decisions", json=body, headers=JUDGE)
    assert keeper.decisions[0].ruling == VoidPassage("mat-line", "9f2c", 4)


# --- passages ---------------------------------------------------------------------------------------------------


async def test_the_health_of_the_chain_is_told_with_the_devices(
    web: httpx.AsyncClient, keeper: Keeper, state: WebState
) -> None:
    keeper.answers["devices"] = {"devices": []}
    trespass = Trespass("mat-line", "publish", "live/web-test/passages/mat-km1", 3, 1_000)
    state.broker = BrokerHealth(1_000, alarm="it stores nothing", trespasses=(trespass,), counts={"publish": 3})
    told = (await web.get("/api/v1/devices", headers=JUDGE)).json()["health"]
    assert told["missing"] == ["broker: it stores nothing"]
    assert told["canary"] == {"age_ms": 0, "p50_ms": 40, "p95_ms": 40}
    assert told["broker"]["trespasses"] == [
        {"user": "mat-line", "what": "publish", "about": trespass.about, "times": 3, "at_ms": 1_000}
    ]


async def test_passages_are_the_devices_whose_token_it_is(web: httpx.AsyncClient, keeper: Keeper) -> None:
    answer = await web.post("/api/v1/passages", json={**PASSAGES, "device": "mat-line"}, headers=HAND)
    assert (answer.status_code, answer.json()) == (200, {"v": 1, "epoch": "9f2c", "through": 41})
    (batch,) = keeper.batches
    assert batch.device == "hand-1"
    assert [each.chip for each in batch.passages] == [None, code("12a")]


async def test_passages_that_are_not_durable_yet_are_not_confirmed(web: httpx.AsyncClient, keeper: Keeper) -> None:
    """T15: no tap leaves the queue before the server's acknowledgement; the watermark says from where to go on."""
    keeper.away = True
    answer = await web.post("/api/v1/passages", json=PASSAGES, headers=HAND)
    assert (answer.status_code, answer.json()["through"]) == (503, 3)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"epoch": None}, "epoch"),
        ({"passages": {}}, "passages"),
        ({"v": 3}, "version"),
        ({"passages": [{"seq": 1, "bib": "7", "at_ms": GUN_MS}, {"seq": 0, "bib": "7", "at_ms": GUN_MS}]}, "nothing"),
        ({"passages": [{"seq": 1, "at_ms": GUN_MS}]}, "nothing"),
    ],
)
async def test_passages_of_another_shape_are_refused_whole(
    web: httpx.AsyncClient, keeper: Keeper, change: dict[str, Any], word: str
) -> None:
    answer = await web.post("/api/v1/passages", json={**PASSAGES, **change}, headers=HAND)
    assert answer.status_code == 422
    assert word in answer.json()["detail"]
    assert keeper.batches == []


async def test_a_device_of_another_event_is_refused(web: httpx.AsyncClient, keeper: Keeper) -> None:
    answer = await web.post("/api/v1/passages", json=PASSAGES, headers={"Authorization": "Bearer foreign-token"})
    assert answer.status_code == 403
    assert (await web.post("/api/v1/passages", json=PASSAGES, headers=JUDGE)).status_code == 401
    assert keeper.batches == []


async def test_a_search_among_passages_is_passed_on_in_normal_form(web: httpx.AsyncClient, keeper: Keeper) -> None:
    keeper.answers["passages"] = {"passages": [], "next": None}
    asked = {"device": " MAT-line", "bib": " 12a ", "before": "00400", "limit": "50"}
    answer = await web.get("/api/v1/passages", params=asked, headers=JUDGE)
    assert answer.json() == {"passages": [], "next": None}
    assert keeper.asked == [("passages", {"device": "mat-line", "bib": "12A", "before": "400", "limit": "50"})]
    assert (await web.get("/api/v1/passages?limit=1001", headers=JUDGE)).status_code == 422


async def test_a_search_may_name_what_it_asks_for_as_answers_do(web: httpx.AsyncClient, keeper: Keeper) -> None:
    keeper.answers["passages"] = {"passages": [], "next": "12"}
    answer = await web.get("/api/v1/passages", params={"team": "12a", "next": "400"}, headers=JUDGE)
    assert answer.json()["next"] == "12"
    assert keeper.asked == [("passages", {"bib": "12A", "before": "400"})]
    for twice in ("team=1&bib=1", "before=4&next=4"):
        assert (await web.get(f"/api/v1/passages?{twice}", headers=JUDGE)).status_code == 422


async def test_a_slip_in_what_is_asked_for_is_told_with_the_names_there_are(
    web: httpx.AsyncClient, keeper: Keeper
) -> None:
    answer = await web.get("/api/v1/passages?bibs=12", headers=JUDGE)
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    described = [each["name"] for each in PATHS["/api/v1/passages"]["get"]["parameters"]]
    told = answer.json()["detail"].removeprefix("`bibs` is not known here: ").split(", ")
    assert sorted(told) == sorted(described)
    assert keeper.asked == []


# --- doubts that are of no team ---------------------------------------------------------------------------------

OF_NO_TEAM: list[tuple[dict[str, Any], str]] = [
    ({"kind": "clock", "fault": "date"}, "mat-line : son horloge n’a pas de date plausible"),
    ({"kind": "clock", "fault": "ahead"}, "mat-line : son horloge avance de 0:37"),
    ({"kind": "clock", "fault": "behind"}, "mat-line : son horloge retarde de 0:37"),
    ({"kind": "clock", "fault": "stepped"}, "mat-line : son horloge a été déplacée pendant la course"),
    ({"kind": "clock", "fault": "held_back"}, "mat-line : chaque passage n’arrive qu’avec le suivant"),
    ({"kind": "clock", "fault": "differs"}, "mat-line : 0:37 d’écart avec mat-2"),
    ({"kind": "unknown_chip"}, "Puce FOUND, vue 3 fois : personne ne la porte"),
    ({"kind": "unknown_chip", "count": 1}, "Puce FOUND, vue une fois : personne ne la porte"),
    ({"kind": "chip_on_two_teams"}, "La puce FOUND est portée par plusieurs équipes (7, 12)"),
    ({"kind": "unknown_bib", "suggestions": []}, "Dossard 21 encodé, mais personne ne le porte"),
    ({"kind": "unknown_bib", "suggestions": [{}]}, "attendus à ce moment : 7, 12"),
    ({"kind": "implausible_pace"}, "Dossard 12 : trois fois plus de temps que les autres"),
]


@pytest.mark.parametrize(("doubt", "text"), OF_NO_TEAM)
async def test_a_doubt_of_no_team_is_said_in_words(
    web: httpx.AsyncClient, keeper: Keeper, doubt: dict[str, Any], text: str
) -> None:
    """T07, T11, T19, T23, T32, T60: in the languages of the event; a code never stands for itself."""
    named = {"device": "mat-line", "other": "mat-2", "off": "0:37", "chip": "FOUND", "count": 3}
    told = {"id": "x", "bib": "12", "at_ms": 1, "typed": "21", "bibs": "7, 12", **named, **doubt}
    keeper.answers |= {"doubts": {"doubts": [told]}, "decisions": {"decisions": []}}
    (shown,) = (await web.get("/api/v1/doubts", headers=JUDGE)).json()["doubts"]
    assert text in shown["text"]["fr"].replace("\u00a0", " ")
    assert len(set(shown["text"].values())) == 3 and "{" not in "".join(shown["text"].values())
