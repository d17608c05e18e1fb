"""Broken rules of webhooks that no single endpoint knows of."""

from __future__ import annotations

from chassis.errors import Refusal


class TooManyEndpoints(Refusal):
    code = "too-many-webhooks"
    title = "A shop has no more webhooks than this; remove one first"
