"""alerts, mend: what a person should look at, and the commands that mend it."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

import typer

from chassis.store.postgres import PostgresStore
from redress.alerts.reading import open_alerts
from redress.asking import Caller
from redress.commands.common import DataOption, SettingsOption, UrlOption, caller_of, console, say, settings_of
from redress.commands.looking import ShopOption
from redress.composition import SERVICES
from redress.errors import UserError
from redress.keyring import known_tokens
from redress.place import addresses_of
from redress.servers import reached_servers
from services.order.settings import OrderSettings

mend = typer.Typer(no_args_is_help=True, help="Mend what `redress alerts` tells of.")
BEGINNING = "2020-01-01T00:00:00Z"
"""Before anything was ever posted."""
PAGE_NOTICES = 500
MendedShop = Annotated[str, typer.Option("--shop", help="Id of the shop")]


def alerts(shop: ShopOption = None, data: DataOption = None, settings: SettingsOption = None) -> None:
    """Tell what a person should look at, the latest first, and what mends it: leaks, stopped batches, suppliers, balances, channels.

    Read from the services' views, so it works where the status page is not to be seen. Changes nothing.
    """
    known, services = settings_of(data, settings)
    every = sorted({*services.of("order", OrderSettings).shops, *known_tokens(known).shops})
    if shop is not None and shop not in every:
        raise UserError(f"There is no shop {shop}: known are {', '.join(every) or 'none'}.")
    with reached_servers(known) as servers:
        stores = {name: PostgresStore(servers.dsn_of(name), name) for name in SERVICES}
        try:
            found = open_alerts(stores, every if shop is None else [shop])
        finally:
            for store in stores.values():
                store.close()
    for each in found:
        times = f", {each.count} times" if each.count > 1 else ""
        console.print(f"{each.last_at[:16].replace('T', ' ')} UTC  {each.shop_id}{times}: {each.words}", markup=False)
        for command in each.commands:
            console.print(f"    {command}", markup=False)
    say(f"{len(found)} to look at" if found else "Nothing to look at.")


@mend.command("seen")
def seen(
    alert_id: Annotated[UUID, typer.Argument(help="Id of the alert")],
    shop: MendedShop,
    url: UrlOption = None,
    data: DataOption = None,
    settings: SettingsOption = None,
) -> None:
    """Say that an alert about suppliers or cards was seen; it comes back when it happens once more."""
    caller_of("inventory", url, data, settings).send("POST", f"/alerts/{alert_id}/acknowledgement", {"shop_id": shop})
    say("Seen.")


@mend.command("supplier")
def supplier(
    supplier_code: Annotated[str, typer.Argument(help="Code of the supplier")],
    shop: MendedShop,
    url: UrlOption = None,
    data: DataOption = None,
    settings: SettingsOption = None,
) -> None:
    """Order at a suspended supplier again."""
    body = {"shop_id": shop, "is_suspended": False}
    caller_of("inventory", url, data, settings).send("PUT", f"/suppliers/{quote(supplier_code, safe='')}/suspension", body)
    say(f"{supplier_code} gets orders again.")


@mend.command("batch")
def batch(
    batch_id: Annotated[str, typer.Argument(help="Name of the batch")],
    shop: MendedShop,
    release: Annotated[bool, typer.Option("--release", help="Its cards are stock again")] = False,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="What is unsold of it is gone for good")] = False,
    url: UrlOption = None,
    data: DataOption = None,
    settings: SettingsOption = None,
) -> None:
    """Decide about a stopped batch of cards."""
    if release == withdraw:
        raise UserError("Say what becomes of it: --release or --withdraw.")
    body = {"shop_id": shop, "decision": "release" if release else "withdraw"}
    caller_of("inventory", url, data, settings).send("POST", f"/batches/{quote(batch_id, safe='')}/decision", body)
    say(f"{batch_id} is on sale again." if release else f"{batch_id}: what is unsold goes out of stock.")


@mend.command("channel")
def channel(
    channel: Annotated[str, typer.Argument(help="Code of the payment channel")],
    shop: MendedShop,
    url: UrlOption = None,
    data: DataOption = None,
    settings: SettingsOption = None,
) -> None:
    """Offer a hidden payment channel to buyers again."""
    caller_of("order", url, data, settings).send("POST", f"/channels/{quote(channel, safe='')}/restoration", {"shop_id": shop})
    say(f"{channel} is offered again.")


@mend.command("webhook")
def webhook(
    webhook_id: Annotated[UUID, typer.Argument(help="Id of the webhook")],
    shop: MendedShop,
    leave: Annotated[bool, typer.Option("--leave", help="Leave what was given up at that: it is an alert no more")] = False,
    url: UrlOption = None,
    data: DataOption = None,
    settings: SettingsOption = None,
) -> None:
    """Post to a webhook of a shop again, and once more what was given up."""
    caller = caller_of("notify", url, data, settings)
    path = f"/webhooks/{webhook_id}"
    if leave:
        caller.send("POST", f"{path}/acknowledgement")
        say("Seen.")
        return
    caller.send("PATCH", path, {"is_enabled": True})
    count = 0
    while True:
        answer = caller.send("POST", f"{path}/replay", {"since": BEGINNING})
        count += answer["replayed"]
        if answer["is_done"] or not answer["replayed"]:
            break
    say(f"{shop} is posted to again; {count} that were given up are posted once more.")


@mend.command("notices")
def notices(
    channel: Annotated[str, typer.Argument(help="Code of the payment channel")],
    shop: MendedShop,
    leave: Annotated[bool, typer.Option("--leave", help="Leave them at that: they are an alert no more")] = False,
    url: UrlOption = None,
    data: DataOption = None,
    settings: SettingsOption = None,
) -> None:
    """Pass on once more what a shop behind us has not got of its payment notices."""
    known, _ = settings_of(data, settings)
    caller = Caller(addresses_of(known, list(SERVICES), url)["order"], known_tokens(known).shop_authorization(shop))
    done: set[str] = set()
    while True:
        page = caller.get("/forwardings", shop_id=shop, is_given_up="true", limit=str(PAGE_NOTICES))["forwardings"]
        found = [each["forwarding_id"] for each in page if each["channel"] == channel and each["forwarding_id"] not in done]
        for forwarding_id in found:
            caller.send("POST", f"/forwardings/{forwarding_id}/{'acknowledgement' if leave else 'replay'}")
        done |= set(found)
        if not found:
            break
    say(f"{len(done)} left at that." if leave else f"{len(done)} are passed on once more.")
