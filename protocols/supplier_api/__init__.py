"""The supplier API: a plain JSON protocol of our own, for suppliers who write their own server.

`docs/guide/suppliers.md` tells a supplier how to do that, `docs/supplier-api.json` is its OpenAPI document. See `messages`, `signing`,
`requests`, `replies`, `callback`, `openapi`.
"""

from protocols.supplier_api.callback import build_callback, callback_reply, parse_callback
from protocols.supplier_api.messages import (
    Balance,
    CardAnswer,
    CardQuestion,
    CardState,
    Failure,
    Goods,
    GoodsPage,
    Order,
    OrderChanged,
    OrderRequest,
    OrderState,
)
from protocols.supplier_api.replies import (
    FAILURES,
    parse_balance_reply,
    parse_card_reply,
    parse_goods_reply,
    parse_order_reply,
    parse_page_reply,
)
from protocols.supplier_api.requests import (
    API_ROOT,
    Access,
    build_balance,
    build_cancel,
    build_card_question,
    build_create,
    build_get,
    build_goods,
    build_page,
)
from protocols.supplier_api.signing import canonical, sign, signed_headers, verify

__all__ = [
    "API_ROOT",
    "FAILURES",
    "Access",
    "Balance",
    "CardAnswer",
    "CardQuestion",
    "CardState",
    "Failure",
    "Goods",
    "GoodsPage",
    "Order",
    "OrderChanged",
    "OrderRequest",
    "OrderState",
    "build_balance",
    "build_callback",
    "build_cancel",
    "build_card_question",
    "build_create",
    "build_get",
    "build_goods",
    "build_page",
    "callback_reply",
    "canonical",
    "parse_balance_reply",
    "parse_callback",
    "parse_card_reply",
    "parse_goods_reply",
    "parse_order_reply",
    "parse_page_reply",
    "sign",
    "signed_headers",
    "verify",
]
