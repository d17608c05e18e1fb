"""In what TokenPay installations differ: plain settings, one set for each account."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TokenPayVariant:
    """One installation's ways; the defaults are those of the versions most shops speak to."""

    success_word: str = "ok"
    coin: str = "USDT_TRC20"
    """`Currency` of the payments we create: which coin on which chain."""
    currency: str = "CNY"
    """`BaseCurrency`: what the installation counts orders in."""
    is_empty_kept: bool = True
    """Whether fields without a value are signed along (`Name=`); the newest versions leave them out."""
    is_hmac: bool = False
    """Whether the signature is HMAC-SHA256 with the key, which the newest versions can be switched to, instead of MD5 with it appended."""
    create_path: str = "/CreateOrder"
    query_path: str = "/Query"


TOKENPAY = TokenPayVariant()
