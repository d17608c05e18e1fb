"""shop add, shop list: the shops of an installation and their people.

A shop is a matter of settings, not a fact in a store (docs/adr/0019): with embedded servers they are kept in the data folder beside the
tokens; with servers of your own they stand in the settings file, and `shop add` says what to put there.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, get_args

import typer
from rich.table import Table

from redress.commands.common import DataOption, SettingsOption, console, say, settings_of
from redress.errors import UserError
from redress.keyring import FILE_NAME, known_tokens, with_shop
from redress.settings import Role
from services.order.access import SHOP_ID_PATTERN

shop = typer.Typer(no_args_is_help=True, help="The shops of this installation and their people.")
ROLES: tuple[Role, ...] = get_args(Role)


@shop.command("add")
def add_shop(
    shop_id: Annotated[str, typer.Argument(help="Id of the new shop: letters, digits, _ . -")],
    person: Annotated[list[str] | None, typer.Option("--staff", help=f"NAME:ROLE, as often as needed; {', '.join(ROLES)}")] = None,
    data: DataOption = None,
    settings: SettingsOption = None,
) -> None:
    """Add a shop with tokens of its own for its scripts and its people.

    What runs learns of it at its next start. Payment providers and suppliers of the shop go into the settings file.
    """
    if re.fullmatch(SHOP_ID_PATTERN, shop_id) is None:
        raise UserError(f"{shop_id} cannot be a shop's id: letters, digits, _ . - are, up to 64 of them.")
    people = dict(_person(each) for each in person or ())
    known, _ = settings_of(data, settings)
    if known.postgres_dsn is not None:
        console.print(_settings_text(shop_id, people), markup=False)
        say("On servers of your own, shops stand in the settings file: put this there, with tokens of your own making, and start anew.")
        return
    known.data_folder.mkdir(parents=True, exist_ok=True)
    with_shop(known, shop_id, people)
    say(f"Added. Its tokens: {known.data_folder / FILE_NAME}. `redress up` takes it up at its next start.")


@shop.command("list")
def list_shops(data: DataOption = None, settings: SettingsOption = None) -> None:
    """Show the shops, how their buyers can pay, at whom they order, and their people."""
    known, services = settings_of(data, settings)
    keyring = known_tokens(known)
    orders: Any = services.services["order"]
    stock: Any = services.services["inventory"]
    table = Table("shop", "payments", "suppliers", "token", "staff", box=None)
    for shop_id in sorted({*orders.shops, *keyring.shops}):
        shop = orders.shops.get(shop_id)
        own = stock.shops.get(shop_id)
        people = [f"{name} ({person.role})" for name, person in sorted(keyring.people.items()) if shop_id in person.shops]
        table.add_row(
            shop_id,
            ", ".join(shop.providers) if shop is not None else "",
            ", ".join(sorted({*stock.suppliers, *(own.suppliers if own is not None else ())})),
            "yes" if shop_id in keyring.shops else "none",
            ", ".join(people),
        )
    console.print(table)


def _person(text: str) -> tuple[str, Role]:
    name, _, given = text.partition(":")
    role = next((each for each in ROLES if each == given), None)
    if role is None or re.fullmatch(SHOP_ID_PATTERN, name) is None:
        raise UserError(f"{text}: one of the staff is named as NAME:ROLE, the role one of {', '.join(ROLES)}.")
    return name, role


def _settings_text(shop_id: str, people: dict[str, Role]) -> str:
    lines = [f'[services.order.shops."{shop_id}"]', "", "[shop_tokens]", f'"{shop_id}" = "…"']
    for name, role in people.items():
        lines += ["", f'[staff."{name}"]', 'token = "…"', f'role = "{role}"', f'shops = ["{shop_id}"]']
    return "\n".join(lines)
