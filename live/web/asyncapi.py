"""AsyncAPI 3.0: the topics that devices use, and the messages of the stream."""

from typing import Any

from live.messages.boards import RaceState
from live.messages.display import NoticeLevel
from live.programme import Event
from live.web.json_schema import COUNT, INSTANT, TEXT, WHOLE, WORDS, YES_NO, Schema, listed, members, one_of, ref
from live.web.official_schemas import DEVICE_STATUS
from live.web.schemas import SCHEMAS, STATE
from live.wire import Topics

STREAM: dict[str, Schema] = {
    "board": {"allOf": [members({"type": {"const": "board"}}), ref("Board")]},
    "changes": members(
        {
            "type": {"const": "changes"},
            "from": COUNT,
            "version": COUNT,
            "as_of_ms": INSTANT,
            "standings": listed(ref("Standing")),
            "places": listed({"type": "array", "prefixItems": [TEXT, WHOLE], "minItems": 2, "maxItems": 2}),
        },
        {"close_below": YES_NO},
    ),
    "beat": members({"type": {"const": "beat"}, "version": COUNT, "check": WHOLE}),
    "state": members(
        {"type": {"const": "state"}, "state": one_of(RaceState), "frozen": YES_NO, "version": COUNT},
        {"gun_ms": {"anyOf": [INSTANT, {"type": "null"}]}, **STATE},
    ),
    "followed": members({"type": {"const": "followed"}, "standings": listed(ref("Standing"))}),
    "points": members(
        {"type": {"const": "points"}, "silent": listed(members({"point": TEXT, "since_ms": INSTANT}))},
    ),
    "notice": members(
        {"type": {"const": "notice"}, "id": TEXT, "text": WORDS, "level": one_of(NoticeLevel)},
        {"until_ms": INSTANT},
    ),
}
"""What the server sends."""

SENT: dict[str, Schema] = {
    "follow": members({"type": {"const": "follow"}, "bibs": listed(TEXT)}),
    "ping": members({"type": {"const": "ping"}}),
}
"""What a client may send; anything else closes the connection with 1008."""

JOINING: dict[str, Schema] = {
    "since": {**COUNT, "description": "the version one has"},
    "journal": {**TEXT, "description": "the journal that this version counts in"},
}
"""What a client may say about itself on joining."""

ON_TOPICS: dict[str, Schema] = {
    "passages": ref("Passages"),
    "status": DEVICE_STATUS,
    "stored": ref("Stored"),
    "clockAsked": members({"v": {"const": 1}, "sent_ms": WHOLE}),
    "clockAnswer": members({"v": {"const": 1}, "sent_ms": WHOLE, "heard_ms": INSTANT, "answered_ms": INSTANT}),
}


def document(event: Event) -> dict[str, Any]:
    """Return the description of this event's topics and streams."""
    channels = {**_device_channels(Topics(event.id)), "stream": _stream_channel([race.id for race in event.races])}
    messages = {**ON_TOPICS, **STREAM, **SENT}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"SMARTRUN Live: {event.name}",
            "version": "1",
            "description": "MQTT 3.1.1, QoS 1, for devices; a WebSocket for phones and screens. A device connects "
            "with its id as user name and client id, and its token as password.",
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": _operations(),
        "components": {
            "schemas": SCHEMAS,
            "messages": {name: {"name": name, "payload": payload} for name, payload in messages.items()},
        },
    }


def _device_channels(topics: Topics) -> dict[str, Any]:
    parameter = {"device": {"description": "the device's id: a-z, 0-9 and -"}}

    def channel(topic: str, *names: str) -> dict[str, Any]:
        address = topic.replace("/device", "/{device}", 1) if topic.count("/device") == 1 else _last(topic)
        return {"address": address, "parameters": parameter, "messages": _named(names)}

    return {
        "passages": channel(topics.passages("device"), "passages"),
        "status": channel(topics.device("device"), "status"),
        "stored": channel(topics.stored("device"), "stored"),
        "clock": channel(topics.clock("device"), "clockAsked"),
        "clockAnswer": channel(f"{topics.clock('device')}/answer", "clockAnswer"),
    }


def _last(topic: str) -> str:
    """Put the parameter in place of the last level (`devices/device` has the word twice)."""
    return topic.removesuffix("device") + "{device}"


def _stream_channel(races: list[str]) -> dict[str, Any]:
    return {
        "address": "/api/v1/races/{race}/stream",
        "parameters": {"race": {"enum": races}},
        "messages": _named((*STREAM, *SENT)),
        "bindings": {"ws": {"query": members({}, JOINING)}},
    }


def _named(names: tuple[str, ...]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/messages/{name}"} for name in names}


def _operations() -> dict[str, Any]:
    """`receive` is what the server takes, `send` what it sends."""

    def operation(action: str, channel: str, names: tuple[str, ...]) -> dict[str, Any]:
        messages = [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in names]
        return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "messages": messages}

    return {
        "takePassages": operation("receive", "passages", ("passages",)),
        "takeStatus": operation("receive", "status", ("status",)),
        "confirmStored": operation("send", "stored", ("stored",)),
        "takeClockQuestion": operation("receive", "clock", ("clockAsked",)),
        "answerClock": operation("send", "clockAnswer", ("clockAnswer",)),
        "sendStream": operation("send", "stream", tuple(STREAM)),
        "takeFromClient": operation("receive", "stream", tuple(SENT)),
    }
