"""The AsyncAPI 3.0.0 document: channels, messages, keys, headers and partitions, from the message classes.

What the specification has no place for (slots, order, gaps) stands in the descriptions and, for machines,
under `x-redress`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from contracts.catalogue import SERVICES, all_messages
from contracts.envelope import CONTENT_TYPE, MAX_VALUE_BYTES, SLOT_COUNT, topic_of
from contracts.examples import EXAMPLES
from contracts.message import Message, encode, messages_of
from contracts.schema import component_schemas

RETENTION_MILLISECONDS = 7 * 24 * 60 * 60 * 1000
"""How long a topic keeps a record; the feed has all of them for ever."""

_KAFKA_BINDING_VERSION = "0.5.0"
_HEADERS = "EventHeaders"

_SLOT_RULE = "slot = first byte of SHA-256 over: the shop id's length in UTF-8 bytes as four bytes big-endian, the shop id, the slot key"
_KEY_OF_SERVICE = {
    "order": "the order number",
    "inventory": "the product code, or the code of what else the event is about",
    "notify": "the webhook's id, or the order or product that was to be told of",
}

Document = dict[str, Any]


def document() -> Document:
    """The whole document, the same for the same message classes."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Redress",
            "version": "1",
            "description": (
                "Public events of Redress, the after-sales system of automatic card shops. CloudEvents 1.0 in"
                " Kafka binary content mode, JSON values. Schemas only grow, by optional fields."
            ),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {_channel_id(service): _channel(service) for service in SERVICES},
        "operations": {f"publish{service.capitalize()}Events": _operation(service) for service in SERVICES},
        "components": {
            "messages": {known.TYPE: _message(known) for known in all_messages()},
            "schemas": {
                _HEADERS: event_headers_schema(),
                **component_schemas(all_messages(), ref_template="#/components/schemas/{name}"),
            },
        },
    }


def event_headers_schema() -> dict[str, Any]:
    """The record headers as a schema: names as on the wire, values as the text they are in UTF-8."""
    number = {"type": "string", "pattern": "^(0|[1-9][0-9]*)$"}
    text = {"type": "string", "minLength": 1}
    headers = {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": {
            **text,
            "description": "<service>/<aggregate uuid>/<version>, from epoch 2 on with @<epoch>; unique.",
        },
        "ce_type": {
            **text,
            "description": "redress.<service>.<Name>.v<version>: tells how to read the value.",
        },
        "ce_source": {**text, "description": "The service that says it."},
        "ce_time": {**text, "format": "date-time", "description": "When it happened, UTC with microseconds."},
        "ce_subject": {**text, "description": "The order number; absent where there is none."},
        "ce_shopid": {**text, "description": "The shop it is about."},
        "ce_partitionkey": {**text, "description": "The slot key, also the record's key."},
        "ce_slot": {**number, "description": f"0 to {SLOT_COUNT - 1}. {_SLOT_RULE}."},
        "ce_sequence": {**number, "description": "1, 2, 3 … within (ce_source, ce_slot), without gaps."},
        "ce_epoch": {**number, "description": "1, and one more after each restore of the service's store."},
        "ce_correlationid": {**text, "description": "The same through everything one outside cause set off."},
        "ce_causationid": {
            **text,
            "description": "What led here: a ce_id, a command …",
        },
        "traceparent": {**text, "description": "W3C trace context; may be absent."},
        "content-type": {"type": "string", "const": CONTENT_TYPE},
    }
    optional = {"ce_subject", "traceparent"}
    return {
        "type": "object",
        "description": "CloudEvents attributes, one record header each. Readers pass over unknown ones.",
        "properties": headers,
        "required": [name for name in headers if name not in optional],
    }


def _channel(service: str) -> Document:
    return {
        "address": topic_of(service),
        "title": f"Events of {service}",
        "description": (
            f"Everything the {service} service says. Records are keyed by {_KEY_OF_SERVICE[service]};"
            " partition = ce_slot mod partition count. Within a slot, order by ce_sequence. Duplicates can"
            " occur; a lost record shows as a gap in ce_sequence: read it from the service's GET /feed."
            " The topic keeps seven days, the feed everything."
        ),
        "messages": {known.TYPE: {"$ref": f"#/components/messages/{known.TYPE}"} for known in messages_of(service)},
        "bindings": {
            "kafka": {
                "topic": topic_of(service),
                "topicConfiguration": {
                    "cleanup.policy": ["delete"],
                    "retention.ms": RETENTION_MILLISECONDS,
                },
                "bindingVersion": _KAFKA_BINDING_VERSION,
            }
        },
        "x-redress": {
            "slot-count": SLOT_COUNT,
            "slot-rule": _SLOT_RULE,
            "partition-rule": "partition = ce_slot mod partition count",
            "order-by": ["ce_slot", "ce_sequence"],
            "largest-value-bytes": MAX_VALUE_BYTES,
            "feed": "GET /feed",
            "heads": "GET /feed/heads",
        },
    }


def _operation(service: str) -> Document:
    channel = f"#/channels/{_channel_id(service)}"
    return {
        "action": "send",
        "title": f"{service} publishes",
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{known.TYPE}"} for known in messages_of(service)],
    }


def _message(message_class: type[Message]) -> Document:
    return {
        "name": message_class.TYPE,
        "title": message_class.__name__,
        "summary": (message_class.__doc__ or "").strip().splitlines()[0],
        "contentType": CONTENT_TYPE,
        "headers": {
            "type": "object",
            "allOf": [
                {"$ref": f"#/components/schemas/{_HEADERS}"},
                {
                    "type": "object",
                    "properties": {"ce_type": {"type": "string", "const": message_class.TYPE}},
                },
            ],
        },
        "payload": {"$ref": f"#/components/schemas/{message_class.__name__}"},
        "correlationId": {"location": "$message.header#/ce_correlationid"},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": "The same as ce_partitionkey."},
                "bindingVersion": _KAFKA_BINDING_VERSION,
            }
        },
        "examples": [
            {"name": message_class.__name__, "payload": msgspec.json.decode(encode(example))}
            for example in EXAMPLES
            if type(example) is message_class
        ],
    }


def _channel_id(service: str) -> str:
    return f"{service}Events"
