"""Creating a payment at an 易支付 (epay) version 1 gateway.

Two ways. `submit.php` is a page: the buyer's browser goes there with the signed fields in the query, and nothing is known of the trade
until its notice or a query tells. `mapi.php` is a call: the same fields and the buyer's address as a posted form, answered in JSON with
`code` 1, the gateway's `trade_no` and one of `payurl` (a page), `qrcode` (a text to show as a code) or `urlscheme` (a link into an
application). The answer is not signed: TLS alone protects it. Some gateways give addresses below their own root, without a host; what
they belong to is known to whoever holds the gateway's address.

Fields: `pid, type, out_trade_no, notify_url, return_url, name, money` (yuan), optional `param`, `clientip`, `device`, `channel`; `sign`
and `sign_type=MD5` as in `signing`. (Source: the public shops that speak it.)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from protocols.checkout import Checkout, CheckoutKind, CheckoutRefused
from protocols.epay.signing import sign
from protocols.epay.variant import V1, EpayVariant
from protocols.errors import MalformedReply
from protocols.exact_json import decode_object, signed_texts
from protocols.http import FORM_CONTENT_TYPE, HttpRequest
from protocols.payment import is_number, is_yuan

_KINDS = (("payurl", CheckoutKind.PAGE), ("qrcode", CheckoutKind.QR_CODE), ("urlscheme", CheckoutKind.APP_LINK))


@dataclass(frozen=True)
class EpayPayment:
    """A payment to be created. `total` in yuan, at most two decimals; addresses are ours and public."""

    order_number: str
    total: str
    name: str
    """What the buyer reads on the paying page: never a secret."""
    channel: str
    notify_url: str
    return_url: str
    client_ip: str = ""
    """The buyer's address, where it is known: asked for by the call, not by the page."""
    device: str = ""
    """pc, mobile, qq, wechat or alipay; empty lets the gateway choose."""
    note: str = ""
    """`param`: comes back with the notice."""

    def fields(self, pid: str) -> dict[str, str]:
        """The fields that both versions share, empty ones left out; raises ValueError for what no gateway takes."""
        if not is_yuan(self.total) or not is_number(self.order_number):
            raise ValueError("order number or amount")
        fields = {
            "pid": pid,
            "type": self.channel,
            "out_trade_no": self.order_number,
            "notify_url": self.notify_url,
            "return_url": self.return_url,
            "name": self.name,
            "money": self.total,
            "clientip": self.client_ip,
            "device": self.device,
            "param": self.note,
        }
        return {name: value for name, value in fields.items() if value}


def build_page_link(payment: EpayPayment, *, pid: str, key: str, variant: EpayVariant = V1) -> HttpRequest:
    """The page that the buyer's browser goes to: its target below the gateway's address. Raises EmptyKey."""
    return HttpRequest("GET", variant.submit_path, query=tuple(_signed(payment.fields(pid), key).items()))


def build_create(payment: EpayPayment, *, pid: str, key: str, variant: EpayVariant = V1) -> HttpRequest:
    """The call that creates the payment and answers with a way to pay. Raises EmptyKey; ValueError where it is not offered."""
    if not variant.create_path:
        raise ValueError("this gateway offers the page only")
    body = urlencode(_signed(payment.fields(pid), key)).encode()
    return HttpRequest("POST", variant.create_path, headers=(("Content-Type", FORM_CONTENT_TYPE),), body=body)


def parse_create_reply(body: bytes, *, order_number: str, variant: EpayVariant = V1) -> Checkout | CheckoutRefused:
    """How the buyer can pay, or that the gateway refused; raises MalformedReply."""
    content = decode_object(body, MalformedReply)
    reply = signed_texts({name: content.get(name) for name in ("code", "trade_no", *(name for name, _ in _KINDS))}, MalformedReply)
    code = reply.get("code", "")
    if code != variant.done_code:
        return CheckoutRefused(order_number, code if is_number(code) else None)
    trade_number = reply.get("trade_no") or None
    if trade_number is not None and not is_number(trade_number):
        raise MalformedReply("trade_no")
    for name, kind in _KINDS:
        if reply.get(name):
            return Checkout(order_number, kind, reply[name], trade_number)
    raise MalformedReply("payurl")


def _signed(fields: Mapping[str, str], key: str) -> dict[str, str]:
    return {**fields, "sign": sign(fields, key), "sign_type": "MD5"}
