"""A payment provider: creates payments, takes the buyer's money, tells the shop until it says the success word,
answers queries.

A notice is sent when the order is paid and then after each pause of the dialect's schedule, until an answer's
body is exactly the success word or the schedule is at its end. The caller carries notices out
(`due_notices`), reports what came back (`answered`) and wakes up at `next_due_at`; calls arrive through
`handle`; one that creates a payment opens it, even where its answer is then lost. Time is always an argument.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from protocols.http import AnswerLost, HttpReply, HttpRequest, NotSent, TransportFault
from protocols.payment import is_yuan
from sandbox.behaviour.dialects import AlipayDialect, Dialect, EpayDialect, Opening, Trade
from sandbox.behaviour.faults import FaultBook, PaymentFaults
from sandbox.behaviour.reaction import Reaction

__all__ = ["AlipayDialect", "DueNotice", "EpayDialect", "PaymentProvider", "PaymentRefused", "Trade"]

ORDER_NUMBER_PLACE = "{order_number}"
BAD_GATEWAY = HttpReply(502, (("Content-Type", "text/html"),), b"<html><h1>502 Bad Gateway</h1></html>")


class PaymentRefused(Exception):
    """The provider does not take this payment: paid already, or not an amount."""


@dataclass(frozen=True)
class DueNotice:
    """One notice to be sent to the shop now."""

    provider: str
    order_number: str
    notice_number: int
    attempt: int
    copy: int
    request: HttpRequest


@dataclass
class _Telling:
    """A notice on its way through the schedule."""

    trade: Trade
    due_at: datetime | None
    is_forged: bool = False
    is_once: bool = False
    attempt_count: int = 0


class PaymentProvider:
    """One provider account of one shop. `notify_path` may contain `{order_number}`."""

    def __init__(self, dialect: Dialect, *, notify_path: str, schedule_seconds: Sequence[float] | None = None) -> None:
        self.dialect = dialect
        self.name = dialect.name
        self.notify_path = notify_path
        self.faults: FaultBook[PaymentFaults] = FaultBook(PaymentFaults())
        self._schedule = tuple(dialect.schedule_seconds if schedule_seconds is None else schedule_seconds)
        self._trades: dict[str, Trade] = {}
        self._tellings: list[_Telling] = []

    def open(self, order_number: str, total: str, now: datetime) -> Trade:
        """An order the buyer has opened but not paid; the same one if it is open already. Raises PaymentRefused."""
        if not is_yuan(total):
            raise PaymentRefused("not an amount in yuan")
        if order_number not in self._trades:
            number = self.dialect.trade_number(len(self._trades) + 1, now)
            self._trades[order_number] = Trade(order_number, number, total, opened_at=now)
        return self._trades[order_number]

    def pay(self, order_number: str, total: str, now: datetime) -> Trade:
        """The buyer pays `total` (yuan, decimal text); the notice is due from now on. Raises PaymentRefused."""
        opened = self.open(order_number, total, now)
        if opened.paid_at is not None:
            raise PaymentRefused("paid already")
        trade = replace(opened, total=total, paid_at=now)
        self._trades[order_number] = trade
        faults = self.faults.holding(now, order_number)
        due_at = now + timedelta(seconds=faults.notice_delay_seconds)
        self._tellings.append(_Telling(trade, due_at))
        return trade

    def forge_notice(self, order_number: str, total: str, now: datetime) -> None:
        """Somebody without the key claims, once, that the order was paid. No trade exists."""
        claimed = Trade(order_number, self.dialect.trade_number(99_000 + len(self._tellings), now), total, now, now)
        self._tellings.append(_Telling(claimed, now, is_forged=True, is_once=True))

    def trade(self, order_number: str) -> Trade | None:
        """What the provider really has on the order."""
        return self._trades.get(order_number)

    def next_due_at(self) -> datetime | None:
        """When the next notice is due; None while none is."""
        return min((telling.due_at for telling in self._tellings if telling.due_at is not None), default=None)

    def due_notices(self, now: datetime) -> list[DueNotice]:
        """The notices to send now, copies included. Calling it counts as sending: their next turn is set."""
        notices: list[DueNotice] = []
        for number, telling in enumerate(self._tellings):
            if telling.due_at is None or telling.due_at > now:
                continue
            telling.attempt_count += 1
            telling.due_at = self._next_turn(telling, now)
            faults = self.faults.holding(now, telling.trade.order_number)
            if telling.attempt_count <= faults.lost_notice_count:
                continue
            request = self._request(telling, faults)
            notices.extend(
                DueNotice(self.name, telling.trade.order_number, number, telling.attempt_count, copy, request)
                for copy in range(1 + faults.duplicate_notice_count)
            )
        return notices

    def answered(self, notice: DueNotice, result: HttpReply | TransportFault) -> bool:
        """Take the shop's answer to a notice; True where it was the success word, which ends the schedule."""
        is_success = isinstance(result, HttpReply) and self.is_success(result)
        if is_success:
            self._tellings[notice.notice_number].due_at = None
        return is_success

    def is_success(self, reply: HttpReply) -> bool:
        """Whether the shop's answer ends the repeating of a notice."""
        return reply.status == 200 and reply.body == self.dialect.success_word.encode()

    def handle(self, request: HttpRequest, now: datetime) -> Reaction:
        """Answer a query, or a call that creates a payment."""
        asked = self.dialect.asked_order(request)
        order_number = asked if isinstance(asked, str) else asked.order_number if isinstance(asked, Opening) else None
        faults = self.faults.holding(now, order_number)
        if faults.is_down:
            return Reaction(NotSent("sandbox"), 0.0)
        return Reaction(self._result(asked, faults, now), faults.slow_seconds)

    def _result(self, asked: str | Opening | HttpReply, faults: PaymentFaults, now: datetime) -> HttpReply | TransportFault:
        if faults.is_failing or (faults.is_failing_to_create and isinstance(asked, Opening)):
            return BAD_GATEWAY
        if isinstance(asked, Opening) and faults.is_refusing_to_create:
            answer = self.dialect.declined()
        elif isinstance(asked, Opening):
            answer = self.dialect.opened(self.open(asked.order_number, asked.total, now))
        elif isinstance(asked, HttpReply):
            answer = asked
        else:
            trade = self._trades.get(asked)
            is_paid = trade is not None and trade.paid_at is not None and not faults.is_query_unpaid
            answer = self.dialect.answer(asked, trade, is_paid=is_paid)
        return AnswerLost("sandbox") if faults.is_answer_lost else answer

    def _next_turn(self, telling: _Telling, now: datetime) -> datetime | None:
        if telling.is_once or telling.attempt_count > len(self._schedule):
            return None
        return now + timedelta(seconds=self._schedule[telling.attempt_count - 1])

    def _request(self, telling: _Telling, faults: PaymentFaults) -> HttpRequest:
        return self.dialect.notice(
            telling.trade,
            total=faults.notice_total or telling.trade.total,
            is_forged=telling.is_forged or faults.is_notice_forged,
            url_path=self.notify_path.replace(ORDER_NUMBER_PLACE, telling.trade.order_number),
        )
