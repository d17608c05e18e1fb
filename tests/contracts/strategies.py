"""Hypothesis strategies: any message of a class, made from its own field types, and any envelope."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from hypothesis import strategies as st
from msgspec import inspect

from contracts.envelope import Envelope, event_id, slot_of
from contracts.message import Message

LARGEST_NUMBER = 2**63 - 1

# Surrogates have no UTF-8 form, so no wire can carry them.
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
moments = st.datetimes(timezones=st.just(UTC))
numbers = st.integers(min_value=1, max_value=LARGEST_NUMBER)


@st.composite
def envelopes(draw: st.DrawFn) -> Envelope:
    source = draw(st.sampled_from(["order", "inventory", "refund"]))
    shop_id, key, epoch = draw(words), draw(words), draw(numbers)
    return Envelope(
        id=event_id(source, draw(st.uuids()), draw(numbers), epoch),
        type=f"redress.{source}.SomethingHappened.v1",
        source=source,
        time=draw(moments),
        subject=draw(st.none() | words),
        shop_id=shop_id,
        partition_key=key,
        slot=slot_of(shop_id, key),
        sequence=draw(numbers),
        epoch=epoch,
        correlation_id=draw(words),
        causation_id=draw(words),
        traceparent=draw(st.none() | words),
    )


def messages(message_class: type[Message]) -> st.SearchStrategy[Message]:
    """Any message of a class whose fields keep their declared limits."""
    return _of(inspect.type_info(message_class))


def _of(kind: inspect.Type) -> st.SearchStrategy[Any]:
    match kind:
        case inspect.Metadata(type=inner):
            return _of(inner)
        case inspect.StructType(cls=struct, fields=fields):
            return st.builds(struct, **{field.name: _of(field.type) for field in fields})
        case inspect.VarTupleType(item_type=item):
            return st.lists(_of(item), max_size=3).map(tuple)
        case inspect.UnionType(types=types):
            return st.one_of([_of(member) for member in types])
        case inspect.LiteralType(values=values):
            return st.sampled_from(values)
        case inspect.StrType(pattern=str()):
            return st.sampled_from(["CNY", "JPY", "KWD", "USDT"])
        case inspect.StrType(min_length=shortest):
            return words if shortest else st.just("") | words
        case inspect.IntType(ge=least, le=most):
            return st.integers(min_value=least, max_value=most or LARGEST_NUMBER)
        case inspect.BoolType():
            return st.booleans()
        case inspect.DateTimeType():
            return moments
        case inspect.NoneType():
            return st.none()
        case _:
            raise AssertionError(f"no strategy for {kind}")
