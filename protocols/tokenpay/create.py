"""Creating a payment at a TokenPay installation: `POST /CreateOrder`, a signed JSON object in PascalCase.

Fields: `OutOrderId`, `OrderUserKey` (decides which address is given out: here the order's own number, so that every order gets its own
and no contact leaves the house), `ActualAmount` (a number, at most two decimals), `Currency` (the coin), `NotifyUrl`, `RedirectUrl`,
`Signature`. Answered with `success`, `message`, `data` (the paying page) and `info` in PascalCase: `Id`, `OutOrderId`, `ActualAmount`,
`Amount` (coins to send), `BaseCurrency`, …. An order number that waits for payment is answered like new, with the trade it has. The
answer is not signed: TLS alone protects it.
"""

from dataclasses import dataclass
from decimal import Decimal

from protocols.checkout import Checkout, CheckoutKind, CheckoutRefused
from protocols.coins import is_coin_amount
from protocols.errors import ForgedNotice, MalformedNotice, MalformedReply, ReplyMismatch
from protocols.exact_json import decode_object, encode_object, shortest_number, signed_texts, text_member
from protocols.http import JSON_CONTENT_TYPE, HttpRequest
from protocols.payment import is_number, is_yuan
from protocols.tokenpay.signing import SIGNATURE, sign, verify
from protocols.tokenpay.variant import TOKENPAY, TokenPayVariant


@dataclass(frozen=True)
class TokenPayPayment:
    """A payment to be created. `total` in the order's currency, at most two decimals; addresses are ours and public."""

    order_number: str
    total: str
    notify_url: str
    redirect_url: str = ""


def build_create(payment: TokenPayPayment, key: str, *, variant: TokenPayVariant = TOKENPAY) -> HttpRequest:
    """The call that creates the payment; raises EmptyKey, and ValueError for what no installation takes."""
    if not is_yuan(payment.total) or not is_number(payment.order_number):
        raise ValueError("order number or amount")
    members: dict[str, str] = {
        "OutOrderId": payment.order_number,
        "OrderUserKey": payment.order_number,
        "ActualAmount": shortest_number(payment.total),
        "Currency": variant.coin,
        "NotifyUrl": payment.notify_url,
        "RedirectUrl": payment.redirect_url,
    }
    members = {name: value for name, value in members.items() if value}  # so that both rules for empty values agree
    members[SIGNATURE] = sign(signed_texts(members, MalformedNotice), key, variant=variant)
    return HttpRequest("POST", variant.create_path, headers=(("Content-Type", JSON_CONTENT_TYPE),), body=encode_object(members))


def parse_create_reply(body: bytes, *, order_number: str, total: str, variant: TokenPayVariant = TOKENPAY) -> Checkout | CheckoutRefused:
    """How the buyer can pay, or that it was refused; raises MalformedReply, ReplyMismatch (another order, amount or currency)."""
    reply = decode_object(body, MalformedReply)
    if reply.get("success") is not True:
        return CheckoutRefused(order_number)
    info = reply.get("info")
    if not isinstance(info, dict):
        raise MalformedReply("info")
    if text_member(info, "OutOrderId", MalformedReply) != order_number:
        raise ReplyMismatch("OutOrderId")
    amount, coins, trade_number = (text_member(info, name, MalformedReply) for name in ("ActualAmount", "Amount", "Id"))
    if not is_yuan(amount):
        raise MalformedReply("ActualAmount")
    if Decimal(amount) != Decimal(total):
        raise ReplyMismatch("ActualAmount")
    if (info.get("BaseCurrency") or variant.currency) != variant.currency:
        raise ReplyMismatch("BaseCurrency")
    if not is_coin_amount(coins):
        raise MalformedReply("Amount")
    if not is_number(trade_number):
        raise MalformedReply("Id")
    return Checkout(order_number, CheckoutKind.PAGE, text_member(reply, "data", MalformedReply), trade_number, payable=coins)


def verify_create(request: HttpRequest, key: str, *, variant: TokenPayVariant = TOKENPAY) -> dict[str, str]:
    """The texts of a call to create, judged like the installation; raises MalformedNotice, ForgedNotice, EmptyKey. For the sandbox."""
    texts = signed_texts(decode_object(request.body, MalformedNotice), MalformedNotice)
    if not verify(texts, key, variant=variant):
        raise ForgedNotice("tokenpay call")
    return texts
