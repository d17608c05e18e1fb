"""The sandbox's suppliers and payment providers, who note every call that reaches them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from protocols.dujiao_next.signing import TIMESTAMP_HEADER
from protocols.http import HttpReply, HttpRequest, NotSent, TransportFault
from sandbox.behaviour.gateways import Asking, PaymentGateway
from sandbox.behaviour.payments import PaymentProvider
from sandbox.behaviour.reaction import Reaction
from sandbox.behaviour.suppliers import CardSupplier
from sandbox.behaviour.wechat import WechatDialect, WechatPay
from sandbox.world import Sandbox


@dataclass(frozen=True, slots=True)
class Heard:
    """A call, when it came, and what was answered; `number`: our number of the order that it names, "" where it names none."""

    supplier_code: str
    at: datetime
    request: HttpRequest
    result: HttpReply | TransportFault
    number: str

    @property
    def is_order(self) -> bool:
        return self.request.method == "POST" and self.request.url_path.endswith("/orders")

    @property
    def sent_at(self) -> datetime:
        """The second in which it was signed, by the sender's clock."""
        stamp = next(value for name, value in self.request.headers if name.lower() == TIMESTAMP_HEADER.lower())
        return datetime.fromtimestamp(int(stamp), UTC)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that reached a payment provider, when, and about which order, by our number; "" where it names none."""

    provider: str
    at: datetime
    order_number: str


class NotingProvider(PaymentProvider):
    """A payment provider that writes every question into a list that it shares with others."""

    notes: list[Asked]

    def handle(self, request: HttpRequest, now: datetime) -> Reaction:
        reaction = super().handle(request, now)
        asked = self.dialect.asked_order(request)
        if not isinstance(reaction.result, NotSent):
            self.notes.append(Asked(self.name, now, asked if isinstance(asked, str) else ""))
        return reaction


class NotingGateway(PaymentGateway):
    """A gateway that does the same; what creates or closes a payment asks nothing."""

    notes: list[Asked]

    def handle(self, request: HttpRequest, now: datetime) -> Reaction:
        reaction = super().handle(request, now)
        wanted = self.gateway.read(request, now)
        if isinstance(wanted, Asking) and not isinstance(reaction.result, NotSent):
            self.notes.append(Asked(self.name, now, wanted.order_number or ""))
        return reaction


class NotingWechat(NotingGateway, WechatPay):
    """WeChat Pay, noting."""

    gateway: WechatDialect


class NotingSupplier(CardSupplier):
    """A supplier that writes every call into a list that it shares with others."""

    notes: list[Heard]

    def handle(self, request: HttpRequest, now: datetime) -> Reaction:
        reaction = super().handle(request, now)
        if not isinstance(reaction.result, NotSent):
            self.notes.append(Heard(self.code, now, request, reaction.result, _number_of(request)))
        return reaction


def note_calls(sandbox: Sandbox) -> list[Heard]:
    """Put noting suppliers into the place of a fresh sandbox's own; the list that they write into."""
    notes: list[Heard] = []
    for code, products in sandbox.setup.suppliers.items():
        supplier = NotingSupplier(code, sandbox.credentials.access(code), products)
        supplier.notes = notes
        sandbox.suppliers[code] = supplier
    return notes


def note_questions(sandbox: Sandbox) -> list[Asked]:
    """Put noting providers into the place of a fresh sandbox's own; the list that they write into."""
    notes: list[Asked] = []
    for name, provider in list(sandbox.providers.items()):
        pauses = [pause / sandbox.setup.time_factor for pause in provider.dialect.schedule_seconds]
        noting: NotingProvider | NotingGateway
        if isinstance(provider, WechatPay):
            noting = NotingWechat(provider.gateway, notify_path=provider.notify_path, schedule_seconds=pauses)
        elif isinstance(provider, PaymentGateway):
            noting = NotingGateway(provider.gateway, notify_path=provider.notify_path, schedule_seconds=pauses)
        else:
            noting = NotingProvider(provider.dialect, notify_path=provider.notify_path, schedule_seconds=pauses)
        noting.notes = notes
        sandbox.providers[name] = noting
    return notes


def _number_of(request: HttpRequest) -> str:
    if request.method == "GET":
        return dict(request.query).get("downstream_order_no", "")
    try:
        content = msgspec.json.decode(request.body)
    except msgspec.DecodeError:
        return ""
    return str(content.get("downstream_order_no", "")) if isinstance(content, dict) else ""
