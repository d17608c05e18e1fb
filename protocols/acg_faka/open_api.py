"""The open API of V4 sites (萌次元), `/plugin/open-api/…`: a form by POST, the account and the signature in headers.

`Api-Id` names our account, `Api-Signature` signs the form as the shared shop does, but for the key, which is not one of its fields. A
trade names `sku_id`, `quantity` and `trade_no`, our number in 24 signs: the first of the md5 of our longer one, as the site's own client
makes it. There is no call that finds an order; what a second trade under the same number answers is not documented, so nothing
rests on it.
"""

import hashlib
from urllib.parse import parse_qsl, urlencode

from protocols.acg_faka.shared_shop import MAX_FIELD_COUNT, SharedAccess
from protocols.acg_faka.signing import MissingSignature, WrongAccount, check, sign
from protocols.http import FORM_CONTENT_TYPE, HttpRequest, Pairs

API_ROOT = "/plugin/open-api"
ID_HEADER = "Api-Id"
SIGNATURE_HEADER = "Api-Signature"
TRADE_NUMBER_LENGTH = 24


def v4_trade_number(number: str) -> str:
    """Our number as these sites take it, 24 hex digits."""
    return hashlib.md5(number.encode(), usedforsecurity=False).hexdigest()[:TRADE_NUMBER_LENGTH]


def build_v4_connect(access: SharedAccess) -> HttpRequest:
    """Our name and balance there."""
    return _signed(access, "/connect", ())


def build_v4_stock(access: SharedAccess, sku_id: int) -> HttpRequest:
    """What is left of one SKU."""
    return _signed(access, "/sku/stock", (("sku_id", str(sku_id)),))


def build_v4_trade(access: SharedAccess, *, sku_id: int, quantity: int, number: str) -> HttpRequest:
    """Buy, paid from our balance; `number` is our own, of any length."""
    fields = (("sku_id", str(sku_id)), ("quantity", str(quantity)), ("trade_no", v4_trade_number(number)))
    return _signed(access, "/trade", fields)


def verify_v4(request: HttpRequest, access: SharedAccess) -> dict[str, str]:
    """The fields of a received call; raises SignatureRefused, EmptyKey. For the sandbox."""
    account, signature = request.header(ID_HEADER), request.header(SIGNATURE_HEADER)
    if not account or not signature:
        raise MissingSignature
    if account != access.app_id:
        raise WrongAccount
    try:
        pairs = tuple(parse_qsl(request.body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELD_COUNT))
    except ValueError:
        raise MissingSignature from None
    check(signature, pairs, access.app_key)
    return dict(pairs)


def _signed(access: SharedAccess, path: str, fields: Pairs) -> HttpRequest:
    headers = (
        (ID_HEADER, access.app_id),
        (SIGNATURE_HEADER, sign(fields, access.app_key)),
        ("Content-Type", FORM_CONTENT_TYPE),
    )
    return HttpRequest("POST", API_ROOT + path, headers=headers, body=urlencode(fields).encode())
