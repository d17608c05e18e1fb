"""The kinds of field that messages are made of, each with the limits and the unit that its JSON Schema shows.

Units stand in the schema as `x-unit`, so that changing one is seen as the breach it is. Ids are written as
text: the `format` is for readers and is not checked on every record.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta

Id = Annotated[str, Meta(min_length=1, extra_json_schema={"format": "uuid"})]
"""The UUID of an aggregate, need, unit or batch, as text."""

Name = Annotated[str, Meta(min_length=1)]
"""A name or number somebody else gave: order number, product code, supplier code, shop id."""

ReasonCode = Annotated[str, Meta(min_length=1, extra_json_schema={"x-unit": "code from an open list"})]
"""A reason in one stable word; readers must bear words they do not know."""

Moment = Annotated[datetime, Meta(tz=True)]
"""A moment in UTC, RFC 3339 on the wire."""

LineNumber = Annotated[int, Meta(ge=1, extra_json_schema={"x-unit": "position in the order, from 1"})]
UnitNumber = Annotated[int, Meta(ge=1, extra_json_schema={"x-unit": "position in the line, from 1"})]
Count = Annotated[int, Meta(ge=0, extra_json_schema={"x-unit": "count"})]
Quantity = Annotated[int, Meta(ge=1, extra_json_schema={"x-unit": "count"})]
Ordinal = Annotated[int, Meta(ge=1, extra_json_schema={"x-unit": "ordinal, from 1"})]
Milliseconds = Annotated[int, Meta(ge=0, extra_json_schema={"x-unit": "milliseconds"})]
Seconds = Annotated[int, Meta(ge=0, extra_json_schema={"x-unit": "seconds"})]
Score = Annotated[int, Meta(ge=0, le=100, extra_json_schema={"x-unit": "score, 0 worst to 100 best"})]
MaskedCard = Annotated[str, Meta(extra_json_schema={"x-unit": "masked preview, never the card"})]
Fingerprint = Annotated[str, Meta(min_length=1, extra_json_schema={"x-unit": "keyed fingerprint (HMAC) of a contact"})]
CurrencyCode = Annotated[str, Meta(pattern="^[A-Z]{3,4}$", extra_json_schema={"x-unit": "ISO 4217 code or USDT"})]
SignedMinor = Annotated[int, Meta(ge=-(2**53) + 1, le=2**53 - 1, extra_json_schema={"x-unit": "minor units of the currency"})]
"""An amount that may be below nothing: a balance, or what goes in or out."""
