"""epusdt's payment notice: a JSON POST to the address that the payment was created with.

Members: `trade_id` (theirs), `order_id` (ours), `amount` (what the order costs, CNY with most), `actual_amount` (USDT asked on chain,
made unique by its last decimals), `token` (the receiving wallet's address, not a key), `block_transaction_id`, `status` (1 waiting,
2 paid, 3 expired) and `signature`. It is repeated up to five times until the answer is exactly `ok`. The order is compared by `amount`,
in its own currency; how many coins that is, is the gateway's business.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from protocols.coins import is_coin_amount
from protocols.epusdt.signing import SIGNATURE, sign, verify
from protocols.errors import ForgedNotice, MalformedNotice
from protocols.exact_json import decode_object, encode_object, signed_texts
from protocols.fields import number, optional_number
from protocols.form import ambiguous_field
from protocols.payment import is_yuan

SUCCESS_WORD = "ok"
PAID_STATUS = "2"


@dataclass(frozen=True)
class EpusdtNotice:
    """A notice that is rightly signed with our token."""

    order_number: str
    trade_number: str
    status: str
    total: str
    """What the order costs in its own currency: decimal text, at most two decimals."""
    coins: str
    """What was asked on chain, decimal text in USDT."""
    transaction: str | None
    """The chain's number of the transfer, where it is told."""

    @property
    def is_paid(self) -> bool:
        """Whether this notice says that the order was paid."""
        return self.status == PAID_STATUS


def parse_notice(body: bytes, token: str) -> EpusdtNotice:
    """The notice in a posted body; raises EmptyKey, MalformedNotice, ForgedNotice."""
    texts = signed_texts(decode_object(body, MalformedNotice), MalformedNotice)
    if not texts.get(SIGNATURE):
        raise MalformedNotice(SIGNATURE)
    if (ambiguous := ambiguous_field(texts)) is not None:
        raise MalformedNotice(ambiguous)
    if not verify(texts, token):
        raise ForgedNotice("epusdt notice")
    total, coins = texts.get("amount", ""), texts.get("actual_amount", "")
    if not is_yuan(total):
        raise MalformedNotice("amount")
    if not is_coin_amount(coins):
        raise MalformedNotice("actual_amount")
    return EpusdtNotice(
        order_number=number(texts, "order_id"),
        trade_number=number(texts, "trade_id"),
        status=number(texts, "status"),
        total=total,
        coins=coins,
        transaction=optional_number(texts, "block_transaction_id", 128),
    )


def sign_notice(members: Mapping[str, str], token: str) -> bytes:
    """A notice's body as the gateway would send it; JsonNumber members are numbers. For the sandbox."""
    return encode_object({**members, SIGNATURE: sign(signed_texts(members, MalformedNotice), token)})
