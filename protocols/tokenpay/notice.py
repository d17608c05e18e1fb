"""TokenPay's payment notice: a JSON POST to the address that the payment was created with.

Fields in PascalCase: `Id` (theirs), `OutOrderId` (ours), `ActualAmount` (what the order costs, in `BaseCurrency`), `Amount` (coins asked
on chain, of `Currency`), `PayAmount` (coins that came, in newer versions), `Status` (0 waiting, 1 paid, 2 expired), `BlockTransactionId`,
`FromAddress`, `ToAddress`, `PayTime` (the installation's wall clock, whose zone nobody tells), `OrderUserKey`, `PassThroughInfo`, … and
`Signature`; their number may grow. It is repeated twice, a minute apart, until the answer is exactly `ok`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from protocols.coins import is_coin_amount
from protocols.errors import ForgedNotice, MalformedNotice
from protocols.exact_json import decode_object, encode_object, signed_texts
from protocols.fields import number, optional_number
from protocols.form import ambiguous_field
from protocols.payment import is_yuan
from protocols.tokenpay.paid import paid_total
from protocols.tokenpay.signing import SIGNATURE, sign, verify
from protocols.tokenpay.variant import TOKENPAY, TokenPayVariant

SUCCESS_WORD = "ok"
PAID_STATUS = "1"


@dataclass(frozen=True)
class TokenPayNotice:
    """A notice that is rightly signed with our key."""

    order_number: str
    trade_number: str
    status: str
    total: str
    """What was paid of the order in `currency`: decimal text, at most two decimals; less than it costs where too few coins came."""
    currency: str
    coins: str
    """What was asked on chain, decimal text."""
    coin: str
    transaction: str | None
    """The chain's number of the transfer, where it is told."""

    @property
    def is_paid(self) -> bool:
        """Whether this notice says that the order was paid."""
        return self.status == PAID_STATUS


def parse_notice(body: bytes, key: str, *, variant: TokenPayVariant = TOKENPAY) -> TokenPayNotice:
    """The notice in a posted body; raises EmptyKey, MalformedNotice, ForgedNotice."""
    texts = signed_texts(decode_object(body, MalformedNotice), MalformedNotice)
    if not texts.get(SIGNATURE):
        raise MalformedNotice(SIGNATURE)
    if (ambiguous := ambiguous_field(texts)) is not None:
        raise MalformedNotice(ambiguous)
    if not verify(texts, key, variant=variant):
        raise ForgedNotice("tokenpay notice")
    total, coins, paid_coins = texts.get("ActualAmount", ""), texts.get("Amount", ""), texts.get("PayAmount") or None
    if not is_yuan(total):
        raise MalformedNotice("ActualAmount")
    if not is_coin_amount(coins) or not Decimal(coins):
        raise MalformedNotice("Amount")
    if paid_coins is not None and not is_coin_amount(paid_coins):
        raise MalformedNotice("PayAmount")
    return TokenPayNotice(
        order_number=number(texts, "OutOrderId"),
        trade_number=number(texts, "Id"),
        status=number(texts, "Status"),
        total=paid_total(total, asked_coins=coins, paid_coins=paid_coins),
        currency=texts.get("BaseCurrency") or variant.currency,
        coins=coins,
        coin=number(texts, "Currency"),
        transaction=optional_number(texts, "BlockTransactionId", 128),
    )


def sign_notice(members: Mapping[str, str], key: str, *, variant: TokenPayVariant = TOKENPAY) -> bytes:
    """A notice's body as the installation would send it; JsonNumber members are numbers. For the sandbox."""
    return encode_object({**members, SIGNATURE: sign(signed_texts(members, MalformedNotice), key, variant=variant)})
