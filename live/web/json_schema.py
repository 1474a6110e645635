"""JSON Schema 2020-12 in a few words: what the descriptions of the API and the stream are written with."""

from typing import Any, get_args

from live.programme import LANGUAGES

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
YES_NO: Schema = {"type": "boolean"}
WHOLE: Schema = {"type": "integer"}
COUNT: Schema = {"type": "integer", "minimum": 0}
INSTANT: Schema = {"type": "integer", "description": "ms since 1970-01-01T00:00:00Z"}
DURATION: Schema = {"type": "integer", "description": "ms"}
ANY: Schema = {"type": "object"}


def ref(name: str) -> Schema:
    """Return a reference to a schema among the components."""
    return {"$ref": f"#/components/schemas/{name}"}


def maybe(schema: Schema) -> Schema:
    """Return the schema, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def listed(schema: Schema) -> Schema:
    """Return a list of it."""
    return {"type": "array", "items": schema}


def one_of(words: Any) -> Schema:
    """Return one of the words of a `Literal`."""
    return {"type": "string", "enum": list(get_args(words))}


def members(required: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    """Return an object; members may be added to it later, never removed."""
    return {"type": "object", "required": list(required), "properties": {**required, **(optional or {})}}


WORDS = members({}, {language: TEXT for language in LANGUAGES})
