"""The JSON Schema (draft 2020-12) of a message, as it is exported for readers that are not written in Python."""

from __future__ import annotations

from collections.abc import Iterable
from inspect import cleandoc
from typing import Any

import msgspec

from contracts.message import Message

Schema = dict[str, Any]


def schema_of(message_class: type[Message]) -> Schema:
    """The schema of one message type, complete in itself: the structs it holds are under `$defs`."""
    schema = msgspec.json.schema(message_class)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": message_class.TYPE,
        **_with_clean_descriptions(schema),
    }


def component_schemas(message_classes: Iterable[type[Message]], ref_template: str) -> dict[str, Schema]:
    """The schemas of many types side by side under their class names, for a document that holds them all."""
    _, components = msgspec.json.schema_components(message_classes, ref_template=ref_template)
    return {name: _with_clean_descriptions(components[name]) for name in sorted(components)}


def _with_clean_descriptions(schema: Schema) -> Schema:
    """Descriptions are docstrings, still indented as in the source; a default of no items is the tuple of the code."""
    cleaned: Schema = {}
    for key, value in schema.items():
        if key == "description" and isinstance(value, str):
            cleaned[key] = cleandoc(value)
        elif isinstance(value, tuple):
            cleaned[key] = list(value)
        else:
            cleaned[key] = _with_clean_descriptions(value) if isinstance(value, dict) else value
    return cleaned
