"""Creating a payment at a TokenPay installation: `POST /CreateOrder`, a signed JSON object in PascalCase.

Fields: `OutOrderId`, `OrderUserKey` (decides which address is given out: here the order's own number, so that every order gets its own
and no contact leaves the house), `ActualAmount` (a number, at most two decimals), `Currency` (the coin), `NotifyUrl`, `RedirectUrl`,
`Signature`. Answered with `success`, `message`, `data` (the paying page) and `info` in PascalCase: `Id`, `OutOrderId`, `ActualAmount`,
`Amount` (coins to send), `ToAddress` (to which wallet), `BaseCurrency`, …. An order number that waits for payment is answered like new,
with the trade it has. The answer is not signed: TLS alone protects it.
"""

from protocols.checkout import Checkout, CheckoutRefused
from protocols.coin_payment import CoinPayment, Names, read_checkout
from protocols.errors import ForgedNotice, MalformedNotice, MalformedReply, ReplyMismatch
from protocols.exact_json import decode_object, encode_object, shortest_number, signed_texts, text_member
from protocols.http import JSON_CONTENT_TYPE, HttpRequest
from protocols.tokenpay.signing import SIGNATURE, sign, verify
from protocols.tokenpay.variant import TOKENPAY, TokenPayVariant

_NAMES = Names(order="OutOrderId", trade="Id", amount="ActualAmount", coins="Amount", address="ToAddress")


def build_create(payment: CoinPayment, key: str, *, variant: TokenPayVariant = TOKENPAY) -> HttpRequest:
    """The call that creates the payment; raises EmptyKey, and ValueError for what no installation takes."""
    payment.check()
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
    if (info.get("BaseCurrency") or variant.currency) != variant.currency:
        raise ReplyMismatch("BaseCurrency")
    page = text_member(reply, "data", MalformedReply)
    return read_checkout(info, _NAMES, page, order_number=order_number, total=total, coin=variant.coin, expires_at=None)


def verify_create(request: HttpRequest, key: str, *, variant: TokenPayVariant = TOKENPAY) -> dict[str, str]:
    """The texts of a call to create, judged like the installation; raises MalformedNotice, ForgedNotice, EmptyKey. For the sandbox."""
    texts = signed_texts(decode_object(request.body, MalformedNotice), MalformedNotice)
    if not verify(texts, key, variant=variant):
        raise ForgedNotice("tokenpay call")
    return texts
