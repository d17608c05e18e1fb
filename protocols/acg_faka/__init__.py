"""The interfaces of acg-faka (异次元发卡) sites for shops that buy there: the shared shop, and the open API of V4 sites.

See `signing`, `shared_shop`, `open_api`, `replies`, `wording`.
"""

from protocols.acg_faka.open_api import build_v4_connect, build_v4_stock, build_v4_trade, v4_trade_number, verify_v4
from protocols.acg_faka.replies import (
    SharedBalance,
    SharedGoods,
    SharedTrade,
    parse_connect_reply,
    parse_items_reply,
    parse_query_reply,
    parse_state_reply,
    parse_stock_reply,
    parse_trade_reply,
    parse_v4_trade_reply,
)
from protocols.acg_faka.shared_shop import (
    Article,
    SharedAccess,
    build_connect,
    build_inventory_state,
    build_items,
    build_query,
    build_stock,
    build_trade,
    request_number,
    verify_shared,
)
from protocols.acg_faka.signing import canonical, sign

__all__ = [
    "Article",
    "SharedAccess",
    "SharedBalance",
    "SharedGoods",
    "SharedTrade",
    "build_connect",
    "build_inventory_state",
    "build_items",
    "build_query",
    "build_stock",
    "build_trade",
    "build_v4_connect",
    "build_v4_stock",
    "build_v4_trade",
    "canonical",
    "parse_connect_reply",
    "parse_items_reply",
    "parse_query_reply",
    "parse_state_reply",
    "parse_stock_reply",
    "parse_trade_reply",
    "parse_v4_trade_reply",
    "request_number",
    "sign",
    "v4_trade_number",
    "verify_shared",
    "verify_v4",
]
