"""The calls to an acg-faka site's shared shop (共享店铺), `/shared/…`, as requests ready to send.

Each is a form by POST with `app_id` (the number of our account there), `app_key` and `sign` beside its own fields; the site's own
client sends its key along, and so it is one of the signed fields.

    /shared/authentication/connect       who we are there and what is left of our balance
    /shared/commodity/items              everything on sale, as categories with their goods
    /shared/commodity/stock              what is left of one article
    /shared/commodity/inventoryState     whether so many can be had
    /shared/commodity/trade              buy, paid from the balance; the cards come with the answer
    /shared/commodity/query              one order by *their* number

An article is a goods' code and, where it has several, its kind (`race`) and further choices (`sku`).

`request_no` is our number in the 19 signs that a site's table has room for (`request_number`), and a site takes it once: a second
trade under it is refused ("The request ID already exists"), it does not answer with the first one's cards. `query` finds an order by
the site's own number alone, which stands in the answer to the trade. So whoever lost that answer knows that at most one order exists,
but cannot ask for it.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

from protocols.acg_faka.signing import SIGN_FIELD, MissingSignature, WrongAccount, check, sign
from protocols.http import FORM_CONTENT_TYPE, HttpRequest, Pairs

CONNECT_PATH = "/shared/authentication/connect"
ITEMS_PATH = "/shared/commodity/items"
STOCK_PATH = "/shared/commodity/stock"
STATE_PATH = "/shared/commodity/inventoryState"
TRADE_PATH = "/shared/commodity/trade"
QUERY_PATH = "/shared/commodity/query"

MAX_FIELD_COUNT = 100
REQUEST_NUMBER_LENGTH = 19


@dataclass(frozen=True)
class SharedAccess:
    """Our account at a site: its number, and the key that signs."""

    app_id: str
    app_key: str = field(repr=False)


@dataclass(frozen=True)
class Article:
    """What is bought: the goods' code, its kind where it has kinds, and further choices by name."""

    code: str
    race: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)

    @property
    def choice_fields(self) -> Pairs:
        return tuple((f"sku[{name}]", value) for name, value in self.choices.items())


def build_connect(access: SharedAccess) -> HttpRequest:
    """Name of the site and our balance there."""
    return _signed(access, CONNECT_PATH, ())


def build_items(access: SharedAccess) -> HttpRequest:
    """All goods that may be bought by this way; there are no pages."""
    return _signed(access, ITEMS_PATH, ())


def build_stock(access: SharedAccess, article: Article) -> HttpRequest:
    """What is left of one article."""
    return _signed(access, STOCK_PATH, (("code", article.code), ("race", article.race), *article.choice_fields))


def build_inventory_state(access: SharedAccess, article: Article, *, quantity: int) -> HttpRequest:
    """Whether so many can be had now; older sites have this and no stock call."""
    fields = (("shared_code", article.code), ("card_id", "0"), ("num", str(quantity)), ("race", article.race))
    return _signed(access, STATE_PATH, fields)


def request_number(number: str) -> str:
    """Our number as a site takes it: 19 capitals and digits, made of a hash; a longer one would be cut, and be another order's."""
    return base64.b32encode(hashlib.sha256(number.encode()).digest()).decode()[:REQUEST_NUMBER_LENGTH]


def build_trade(access: SharedAccess, article: Article, *, quantity: int, number: str, contact: str) -> HttpRequest:
    """Buy, paid from our balance. `number` is our own, of any length; `contact` is kept by the site, so it is never a buyer's."""
    fields = (
        ("shared_code", article.code),
        ("contact", contact),
        ("num", str(quantity)),
        ("card_id", "0"),
        ("device", "0"),
        ("password", ""),
        ("race", article.race),
        ("request_no", request_number(number)),
        *article.choice_fields,
    )
    return _signed(access, TRADE_PATH, fields)


def build_query(access: SharedAccess, trade_number: str) -> HttpRequest:
    """One order of ours by the site's own number."""
    return _signed(access, QUERY_PATH, (("tradeNo", trade_number),))


def verify_shared(request: HttpRequest, access: SharedAccess) -> dict[str, str]:
    """The fields of a received call; raises SignatureRefused, EmptyKey. For the sandbox."""
    try:
        pairs = tuple(parse_qsl(request.body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELD_COUNT))
    except ValueError:
        raise MissingSignature from None
    fields = dict(pairs)
    if not fields.get("app_id") or not fields.get(SIGN_FIELD):
        raise MissingSignature
    if fields["app_id"] != access.app_id:
        raise WrongAccount
    check(fields[SIGN_FIELD], pairs, access.app_key)
    return fields


def _signed(access: SharedAccess, url_path: str, fields: Pairs) -> HttpRequest:
    named = (*fields, ("app_id", access.app_id), ("app_key", access.app_key))
    body = urlencode((*named, (SIGN_FIELD, sign(named, access.app_key)))).encode()
    return HttpRequest("POST", url_path, headers=(("Content-Type", FORM_CONTENT_TYPE),), body=body)
