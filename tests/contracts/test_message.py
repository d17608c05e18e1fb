"""Messages on the wire: round trips, tolerance of what is new, refusals that keep values to themselves."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.catalogue import SERVICES, all_messages
from contracts.envelope import MAX_VALUE_BYTES
from contracts.examples import EXAMPLES
from contracts.inventory import CardOpened, SupplierCallFailed
from contracts.message import (
    Message,
    UndecodableMessage,
    UnpublishableMessage,
    decode,
    encode,
    message_class,
    messages_of,
    published_by,
)
from contracts.order import OrderClosed, OrderPlaced
from tests.contracts.strategies import messages

SECRET = "AB12-CD34-EF56"

of_each_type = pytest.mark.parametrize("known", all_messages(), ids=lambda known: known.TYPE)
of_each_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.TYPE)


def closed(**changed: object) -> bytes:
    """An OrderClosed on the wire, some fields changed."""
    fields = {
        "order_number": "K1",
        "shop_id": "s",
        "order_id": "1b7a4f0e-6a55-5f0b-9d3c-0d6b1f5a7c11",
        "outcome": "x",
    }
    return json.dumps(fields | changed).encode()


@of_each_type
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_every_message_is_read_back_as_it_was_written(known: type[Message], data: st.DataObject) -> None:
    message = data.draw(messages(known))
    assert decode(known.TYPE, encode(message)) == message


@of_each_example
def test_what_a_newer_publisher_adds_is_passed_over(example: Message) -> None:
    grown = {**json.loads(encode(example)), "added_later": {"deep": [1]}}
    assert decode(example.TYPE, json.dumps(grown).encode()) == example


@of_each_example
def test_every_field_that_every_record_has_is_needed(example: Message) -> None:
    """A field that came later has a default, and earlier records are without it."""
    required = {field.encode_name for field in msgspec.structs.fields(example) if field.required}
    fields = json.loads(encode(example))
    for name in fields.keys() & required:
        lacking = {key: value for key, value in fields.items() if key != name}
        with pytest.raises(UndecodableMessage, match=f"`{name}`"):
            decode(example.TYPE, json.dumps(lacking).encode())


@of_each_example
def test_a_field_of_another_type_is_refused_by_path_without_its_value(example: Message) -> None:
    fields = json.loads(encode(example))
    for name in fields:
        with pytest.raises(UndecodableMessage) as refused:
            decode(example.TYPE, json.dumps({**fields, name: {SECRET: SECRET}}).encode())
        assert f"$.{name}" in refused.value.reason
        assert SECRET not in str(refused.value)


@pytest.mark.parametrize("error_class", [SECRET, f"{SECRET}' - at `$.{SECRET}`", f"Expected `{SECRET}`", f"x` - at `$.{SECRET}`"])
def test_a_word_outside_a_closed_list_is_refused_and_not_repeated(error_class: str) -> None:
    fields = {
        "error_class": error_class,
        "shop_id": "s",
        "order_number": "K1",
        "line": 1,
        "unit": 1,
        "need_id": "n",
    }
    with pytest.raises(UndecodableMessage) as refused:
        decode(SupplierCallFailed.TYPE, json.dumps(fields).encode())
    assert refused.value.reason == "unfit value - at `$.error_class`"


@pytest.mark.parametrize(
    "value",
    [b"", b"null", b"[]", b"\xff\xfe", b'{"order_number": "' + SECRET.encode(), b'"' + SECRET.encode() + b'"',
     closed(outcome=""), closed(outcome=SECRET + "\ud800"), closed(order_id=None),
     closed(outcome="x")[:-1] + b', "added": ' + b"[" * 100_000, closed(added="x" * MAX_VALUE_BYTES)],
    ids=range(11),
)  # fmt: skip
def test_a_malformed_value_is_refused_without_repeating_it(value: bytes) -> None:
    with pytest.raises(UndecodableMessage) as refused:
        decode(OrderClosed.TYPE, value)
    assert refused.value.type_name == OrderClosed.TYPE
    assert SECRET not in str(refused.value)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_message_or_refused(value: bytes) -> None:
    with pytest.raises(UndecodableMessage):
        decode(OrderPlaced.TYPE, value)


@pytest.mark.parametrize("field", ["unit_price", "quantity", "line"])
def test_a_wrong_field_deep_inside_is_refused_by_its_path(field: str) -> None:
    placed = json.loads(encode(EXAMPLES[0]))
    placed["lines"][0][field] = -1
    with pytest.raises(UndecodableMessage, match=rf"\$\.lines\[0\]\.{field}"):
        decode(OrderPlaced.TYPE, json.dumps(placed).encode())


def test_an_unknown_type_is_refused() -> None:
    for known in (decode, lambda name, _: message_class(name)):
        with pytest.raises(UndecodableMessage, match="unknown type"):
            known("redress.order.NeverHeardOf.v1", b"{}")


def test_a_type_is_named_after_service_class_and_version() -> None:
    assert OrderPlaced.TYPE == "redress.order.OrderPlaced.v1"
    assert message_class("redress.inventory.CardOpened.v1") is CardOpened


def test_no_two_classes_share_a_type() -> None:
    class OrderClosed(Message, frozen=True, kw_only=True):
        outcome: str

    with pytest.raises(TypeError, match=r"redress\.order\.OrderClosed\.v1"):
        published_by("order")(OrderClosed)


def test_every_service_lists_its_own_messages() -> None:
    assert SERVICES == ("inventory", "notify", "order")
    for service in SERVICES:
        assert {known.TYPE for known in messages_of(service)} == {each.TYPE for each in EXAMPLES if service == each.SERVICE}
    assert messages_of("nobody") == ()


def test_a_message_its_readers_would_refuse_is_not_published() -> None:
    wrong = msgspec.structs.replace(EXAMPLES[0], order_number=5)
    with pytest.raises(UnpublishableMessage, match=r"\$\.order_number"):
        encode(wrong)


def test_a_message_too_large_for_its_topic_is_not_published() -> None:
    with pytest.raises(UnpublishableMessage, match="larger than 262144 bytes"):
        encode(msgspec.structs.replace(EXAMPLES[0], contact_fingerprint="f" * MAX_VALUE_BYTES))


@of_each_type
def test_a_message_tells_each_of_its_fields(known: type[Message]) -> None:
    told = " ".join(base.__doc__ or "" for base in known.__mro__ if issubclass(base, Message))
    assert [name for name in known.__struct_fields__ if f"`{name}`" not in told] == []
