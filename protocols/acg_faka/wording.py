"""What acg-faka sites say in words where other protocols have codes.

A failure is HTTP 200 with `code` 0 and a Chinese sentence in `msg`, and what stands where the card should be may be a notice to the
buyer: the goods are sent by hand, the order is being looked at, somebody was faster. Both are told apart by pieces of the sites' own
sentences. A sentence that nobody knows is a plain refusal; an unknown notice passes for a card, so goods of such sites need a card
pattern.
"""

from protocols.supplier import ErrorClass

_FAILURES = (
    ("库存不足", ErrorClass.OUT_OF_STOCK, "out_of_stock"),
    ("抢走", ErrorClass.OUT_OF_STOCK, "out_of_stock"),
    ("余额不足", ErrorClass.NO_BALANCE, "no_balance"),
    ("商品不存在", ErrorClass.DELISTED, "no_such_goods"),
    ("停售", ErrorClass.DELISTED, "not_on_sale"),
    ("未上架", ErrorClass.DELISTED, "not_on_sale"),
    ("未开放对接", ErrorClass.DELISTED, "not_shared"),
    ("商户ID不存在", ErrorClass.INVALID_SIGNATURE, "no_such_account"),
    ("密钥错误", ErrorClass.INVALID_SIGNATURE, "invalid_signature"),
    ("订单不存在", ErrorClass.NOT_FOUND, "no_such_order"),
    ("过于频繁", ErrorClass.TEMPORARY, "too_often"),
    ("连接失败", ErrorClass.TEMPORARY, "their_supplier_unreachable"),
)

REQUEST_KNOWN = "The request ID already exists"
"""A second trade under one `request_no`: the first one stands."""

_NOTICES = ("发货中", "人工审核", "抢走了商品", "没有发货信息")


def failure_of(message: str) -> tuple[ErrorClass, str]:
    """The class of a failure, and a code of ours for its sentence."""
    return next(((error_class, code) for piece, error_class, code in _FAILURES if piece in message), (ErrorClass.REFUSED, "refused"))


def cards_in(secret: str) -> tuple[str, ...]:
    """The cards of a delivered text, one a line; notices are none."""
    lines = (line.strip() for line in secret.splitlines())
    return tuple(line for line in lines if line and not any(piece in line for piece in _NOTICES))
