"""stuck: orders that wait for cards, after every supplier has failed."""

from __future__ import annotations

from typing import Annotated

import typer

from redress.commands.common import DataOption, SettingsOption, UrlOption, caller_of, console, remarks
from redress.stuck import stuck_needs

SHOWN_NEEDS = 20

_MARKS = {
    "re_issued": "have a card now",
    "looked_for": "are asked for at a supplier",
    "still_stuck": "are stuck still",
    "already_re_issued": "were re-issued already",
    "already_delivered": "were delivered already",
    "already_looked_for": "are asked for already",
    "awaits_supplier": "wait for word of what a supplier did",
    "claimed": "are about to be delivered by hand",
    "refund_held": "are held for a refund",
    "not_paid": "are not paid",
}


def stuck(
    shop: Annotated[str, typer.Option(help="Id of the shop")],
    supplier: Annotated[str | None, typer.Option(help="Only what this supplier was asked for", show_default=False)] = None,
    product: Annotated[str | None, typer.Option(help="Only units of this product", show_default=False)] = None,
    reason: Annotated[
        str | None, typer.Option(help="Only what is stuck for this: exhausted, no_balance, out_of_stock, …", show_default=False)
    ] = None,
    run_again: Annotated[bool, typer.Option("--run-again", help="Try each again: stock, then every supplier anew")] = False,
    url: UrlOption = None,
    data: DataOption = None,
    settings: SettingsOption = None,
) -> None:
    """Show which paid units nobody has a card for, and try them all again, as after a top-up.

    A unit is tried again only while nobody looks for it, so doing it twice gives nobody a second card.
    """
    caller = caller_of("inventory", url, data, settings)
    pages = stuck_needs(caller, shop_id=shop, supplier_code=supplier, product_code=product, reason=reason, is_run_again=run_again)
    with remarks.status("Going through the queue…") as shown:
        for found in pages:
            shown.update(f"{found.count} so far")
    for need in found.needs[:SHOWN_NEEDS]:
        mark = f": {need['mark'].replace('_', ' ')}" if need["mark"] else ""
        console.print(f"{need['order_number']} {need['line']}.{need['unit']} {need['product_code']}{mark}", markup=False)
    if found.count > SHOWN_NEEDS:
        console.print(f"and {found.count - SHOWN_NEEDS} more")
    console.print(f"{found.count} stuck" if not run_again else f"{found.count} tried")
    for mark, count in sorted(found.counts.items()):
        console.print(f"{count} {_MARKS.get(mark, mark)}")
