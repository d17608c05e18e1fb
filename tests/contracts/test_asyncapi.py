"""The AsyncAPI document is whole: references resolve, every message is there, and it says how to read a record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from contracts.asyncapi import document, event_headers_schema
from contracts.catalogue import SERVICES, all_messages
from contracts.envelope import headers_of, topic_of
from contracts.examples import EXAMPLE_ENVELOPE
from contracts.message import decode, messages_of

DOCUMENT = document()


def references(node: Any) -> Iterator[str]:
    """Every `$ref` anywhere in the document."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def resolved(reference: str) -> Any:
    node: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    return node


def test_it_is_plain_json_of_the_version_it_names() -> None:
    assert json.loads(json.dumps(DOCUMENT)) == DOCUMENT
    assert DOCUMENT["asyncapi"] == "3.0.0"


def test_every_reference_resolves() -> None:
    found = set(references(DOCUMENT))
    assert len(found) > 2 * len(all_messages())
    for reference in found:
        assert resolved(reference), reference


def test_every_component_is_used() -> None:
    found = set(references(DOCUMENT))
    for kind in ("messages", "schemas"):
        assert {f"#/components/{kind}/{name}" for name in DOCUMENT["components"][kind]} <= found


@pytest.mark.parametrize("service", SERVICES)
def test_each_topic_lists_exactly_the_messages_of_its_service(service: str) -> None:
    channel = DOCUMENT["channels"][f"{service}Events"]
    expected = {known.TYPE for known in messages_of(service)}
    assert channel["address"] == topic_of(service)
    assert channel["messages"].keys() == expected
    operation = DOCUMENT["operations"][f"publish{service.capitalize()}Events"]
    assert operation["action"] == "send"
    assert {resolved(message["$ref"])["$ref"] for message in operation["messages"]} == {
        f"#/components/messages/{name}" for name in expected
    }


@pytest.mark.parametrize("name", [known.TYPE for known in all_messages()])
def test_each_message_has_payload_key_headers_and_a_readable_example(name: str) -> None:
    message = DOCUMENT["components"]["messages"][name]
    own_headers = message["headers"]["allOf"][1]["properties"]
    assert own_headers["ce_type"]["const"] == name
    assert message["bindings"]["kafka"]["key"]["type"] == "string"
    payload = resolved(message["payload"]["$ref"])
    example = message["examples"][0]["payload"]
    assert set(payload["required"]) <= example.keys() <= payload["properties"].keys()
    decode(name, json.dumps(example).encode())


def test_the_headers_described_are_the_headers_written() -> None:
    described = event_headers_schema()
    written = dict(headers_of(EXAMPLE_ENVELOPE))
    assert described["properties"].keys() == written.keys()
    assert written.keys() - set(described["required"]) == {"ce_subject", "traceparent"}
    assert described == DOCUMENT["components"]["schemas"]["EventHeaders"]


@pytest.mark.parametrize("service", SERVICES)
def test_keys_partitions_order_and_retention_are_told_to_machines_and_people(service: str) -> None:
    channel = DOCUMENT["channels"][f"{service}Events"]
    assert channel["x-redress"]["slot-count"] == 256
    assert channel["x-redress"]["order-by"] == ["ce_slot", "ce_sequence"]
    assert channel["x-redress"]["partition-rule"] == "partition = ce_slot mod partition count"
    assert channel["bindings"]["kafka"]["topicConfiguration"]["retention.ms"] == 604_800_000
    for word in ("keyed by", "ce_slot mod partition count", "ce_sequence", "GET /feed"):
        assert word in channel["description"]
