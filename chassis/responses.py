"""A command's committed answer as an HTTP response."""

from __future__ import annotations

from starlette.responses import Response

from chassis.problem import MEDIA_TYPE
from chassis.unit import Answered


def response_of(answered: Answered) -> Response:
    """The stored bytes as they are, a refusal as the problem it is; a repeated answer says so in `idempotent-replayed`."""
    headers = {"cache-control": "no-store"}
    if answered.is_repeat:
        headers["idempotent-replayed"] = "true"
    media_type = MEDIA_TYPE if answered.status >= 400 else "application/json"
    return Response(answered.body, answered.status, headers, media_type)
