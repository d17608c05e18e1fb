"""A payment gateway at which payments are created before the buyer pays, and whose messages carry the time they were made.

It tells the shop as every `PaymentProvider` does. `handle` also takes calls that create a payment: what they ask for is opened, even
where their answer is then lost, and `pay` lets the buyer pay it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from protocols.http import AnswerLost, HttpReply, HttpRequest, NotSent, TransportFault
from sandbox.behaviour.dialects import Opening, Trade
from sandbox.behaviour.faults import PaymentFaults
from sandbox.behaviour.payments import BAD_GATEWAY, DueNotice, PaymentProvider
from sandbox.behaviour.reaction import Reaction

YUAN_FOR_A_COIN = Decimal("7.18")


@dataclass(frozen=True)
class Asking:
    """A question how a payment stands, by the shop's number or by the gateway's own."""

    order_number: str | None = None
    trade_number: str | None = None


class GatewayDialect(Protocol):
    """What differs between the gateways."""

    name: str
    schedule_seconds: tuple[float, ...]
    """Pauses between one notice and the next, until the success word comes."""

    @property
    def success_word(self) -> str:
        """What ends the repeating of a notice."""

    def trade_number(self, sequence: int, now: datetime) -> str:
        """The gateway's own number for its so-manieth trade."""

    def notice(self, trade: Trade, *, total: str, is_forged: bool, url_path: str, now: datetime) -> HttpRequest:
        """The notice that the trade was paid, naming `total`, as made at that time."""

    def read(self, request: HttpRequest, now: datetime) -> Opening | Asking | HttpReply:
        """What a call wants, or the answer to one that is not acceptable."""

    def opened(self, trade: Trade, *, is_new: bool, now: datetime) -> HttpReply:
        """The answer to a call that creates a payment."""

    def declined(self, wanted: Opening, now: datetime) -> HttpReply:
        """The answer to such a call where the account may take no payments any more."""

    def told(self, asking: Asking, trade: Trade | None, *, is_paid: bool, now: datetime) -> HttpReply:
        """The answer to a question."""


class PaymentGateway(PaymentProvider):
    """One account of one shop at a gateway. `notify_path` may contain `{order_number}`."""

    def __init__(self, gateway: GatewayDialect, *, notify_path: str, schedule_seconds: Sequence[float] | None = None) -> None:
        self._spoken = _Spoken(gateway)
        super().__init__(self._spoken, notify_path=notify_path, schedule_seconds=schedule_seconds)
        self.gateway = gateway

    def due_notices(self, now: datetime) -> list[DueNotice]:
        """The notices to send now, copies included, signed as of now."""
        self._spoken.now = now
        return super().due_notices(now)

    def handle(self, request: HttpRequest, now: datetime) -> Reaction:
        """Answer a call."""
        wanted = self.gateway.read(request, now)
        trade = self._trade_of(wanted)
        number = wanted.order_number if isinstance(wanted, Opening) else None if trade is None else trade.order_number
        faults = self.faults.holding(now, number)
        if faults.is_down:
            return Reaction(NotSent("sandbox"))
        return Reaction(self._reaction(wanted, trade, faults, now), faults.slow_seconds)

    def _reaction(
        self, wanted: Opening | Asking | HttpReply, trade: Trade | None, faults: PaymentFaults, now: datetime
    ) -> HttpReply | TransportFault:
        if faults.is_failing or (faults.is_failing_to_create and isinstance(wanted, Opening)):
            return BAD_GATEWAY
        if isinstance(wanted, HttpReply):
            answer = wanted
        elif isinstance(wanted, Opening) and faults.is_refusing_to_create:
            answer = self.gateway.declined(wanted, now)
        elif isinstance(wanted, Opening):
            answer = self.gateway.opened(self.open(wanted.order_number, wanted.total, now), is_new=trade is None, now=now)
        else:
            is_paid = trade is not None and trade.paid_at is not None and not faults.is_query_unpaid
            answer = self.gateway.told(wanted, trade, is_paid=is_paid, now=now)
        return AnswerLost("sandbox") if faults.is_answer_lost else answer

    def _trade_of(self, wanted: Opening | Asking | HttpReply) -> Trade | None:
        if isinstance(wanted, HttpReply):
            return None
        if wanted.order_number is not None:
            return self.trade(wanted.order_number)
        return next((trade for trade in self._trades.values() if trade.trade_number == wanted.trade_number), None)


class _Spoken:
    """A gateway's dialect at the moment at which it is spoken."""

    def __init__(self, gateway: GatewayDialect) -> None:
        self._gateway = gateway
        self.now = datetime.min.replace(tzinfo=UTC)
        self.name = gateway.name
        self.success_word = gateway.success_word
        self.schedule_seconds = gateway.schedule_seconds

    def trade_number(self, sequence: int, now: datetime) -> str:
        return self._gateway.trade_number(sequence, now)

    def notice(self, trade: Trade, *, total: str, is_forged: bool, url_path: str) -> HttpRequest:
        return self._gateway.notice(trade, total=total, is_forged=is_forged, url_path=url_path, now=self.now)

    def asked_order(self, request: HttpRequest) -> str | Opening | HttpReply:
        raise AssertionError("a gateway reads its calls itself")

    def opened(self, trade: Trade) -> HttpReply:
        raise AssertionError("a gateway answers its calls itself")

    def declined(self) -> HttpReply:
        raise AssertionError("a gateway answers its calls itself")

    def answer(self, order_number: str, trade: Trade | None, *, is_paid: bool) -> HttpReply:
        raise AssertionError("a gateway answers its calls itself")


def coins_for(total: str) -> str:
    """How many coins an amount in yuan is, to four decimals."""
    return str((Decimal(total) / YUAN_FOR_A_COIN).quantize(Decimal("0.0001"), ROUND_HALF_UP))
