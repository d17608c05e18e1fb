"""What a party of the outside world does with one request."""

from dataclasses import dataclass

from protocols.http import HttpReply, TransportFault


@dataclass(frozen=True)
class Reaction:
    """An answer, or the lack of one, and how long it takes.

    Whatever the request did to the party has happened when this is returned; `result` says only what the
    caller learns. A caller whose patience is shorter than `latency_seconds` learns nothing: for it the answer
    is lost.
    """

    result: HttpReply | TransportFault
    latency_seconds: float = 0.0
