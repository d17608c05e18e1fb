"""The status page at `/`, and the same as JSON at `/status.json`: what runs, what lags, what waits for a person.

Read from the nodes and from views at each request, so it may be a moment behind. It shows order numbers and masked cards, never a
contact or a card; still it is for the people of the house, so only this machine may read it. The page brings itself up to date in place,
so that a command on it can be marked and copied; where scripts are off it is loaded anew.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from chassis.problem import install
from chassis.runtime.node import Node
from chassis.store.port import StoreAway
from chassis.store.rows import IntentStatus
from contracts.values import Money, decimal_text
from redress.alerts.alert import OpenAlert
from redress.alerts.reading import open_alerts
from services.inventory.sourcing.views import Needs, needs_prefix
from services.order.views import Doubts, ManualQueue, Orders

SHOWN_ORDERS = 25
SHOWN_ALERTS = 25
MOST_COUNTED = 1_000
REFRESH_SECONDS = 3
OPEN_INTENTS = (IntentStatus.PENDING, IntentStatus.STARTED, IntentStatus.UNKNOWN, IntentStatus.MANUAL)
LOOPBACK = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1"})
LOOPBACK_NAMES = frozenset({"127.0.0.1", "::1", "localhost"})
"""What this machine is called in a browser on it. A page from elsewhere whose own name leads here would send that name."""

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _commands_shown(text: str) -> Markup:
    """A line of trouble with the commands in it, which stand between backticks, set as such."""
    parts = text.split("`")
    return Markup("").join(Markup("<code>{}</code>").format(part) if place % 2 else part for place, part in enumerate(parts))


_templates.filters["commands_shown"] = _commands_shown


def status_app(nodes: list[Node], shops: list[str]) -> Starlette:
    """The application at `/`."""

    async def page(request: Request) -> Response:
        if not _is_local(request):
            return _elsewhere()
        shown = _templates.get_template("status.html").render(refresh_seconds=REFRESH_SECONDS, **await _read(nodes, shops))
        return HTMLResponse(shown, headers={"cache-control": "no-store"})

    async def figures(request: Request) -> Response:
        return JSONResponse(await _read(nodes, shops)) if _is_local(request) else _elsewhere()

    app = Starlette(routes=[Route("/", page), Route("/status.json", figures)])
    install(app)
    return app


def _is_local(request: Request) -> bool:
    return request.client is not None and request.client.host in LOOPBACK and request.url.hostname in LOOPBACK_NAMES


def _elsewhere() -> Response:
    return PlainTextResponse("The status page is shown on the machine itself only; an SSH tunnel brings you there.\n", 403)


async def _read(nodes: list[Node], shops: list[str]) -> dict[str, Any]:
    services = await asyncio.gather(*(asyncio.to_thread(_service, node) for node in nodes))
    stores = {node.service.name: node.store for node in nodes}
    try:
        orders, waiting = await asyncio.to_thread(_views, stores, shops)
        alerts = await asyncio.to_thread(open_alerts, stores, shops)
    except StoreAway:
        orders, waiting, alerts = [], [], []
    return {
        "now": datetime.now(UTC).isoformat(timespec="seconds"),
        "trouble": _trouble(services, waiting, alerts),
        "services": services,
        "orders": orders,
        "waiting": waiting,
        "alert_count": len(alerts),
        "alerts": [asdict(each) for each in alerts[:SHOWN_ALERTS]],
    }


def _service(node: Node) -> dict[str, Any]:
    """One service's figures; runs in a thread."""
    shown = {**node.status(), "next_timer_seconds": None, "open_intents": None}
    try:
        due_at = node.store.oldest_timer()
        shown["open_intents"] = len(node.store.intents(OPEN_INTENTS, MOST_COUNTED))
    except StoreAway:
        shown["reasons"] = [*shown["reasons"], "the database cannot be read"]
        return shown
    if due_at is not None:
        shown["next_timer_seconds"] = round((due_at - datetime.now(UTC)).total_seconds(), 1)
    return shown


def _views(stores: dict[str, Any], shops: list[str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The newest orders, and what waits for a person."""
    orders: list[dict[str, Any]] = []
    waiting: list[dict[str, Any]] = []
    for shop_id in shops:
        orders += _documents(stores["order"], Orders.NAME, f"{shop_id}/", SHOWN_ORDERS)
        failed = _documents(stores["order"], ManualQueue.NAME, f"{shop_id}/", MOST_COUNTED)
        waiting += [{**each, "at": each["failed_at"]} for each in failed]
        doubts = _documents(stores["order"], Doubts.NAME, f"{shop_id}/", MOST_COUNTED)
        waiting += [{**each, "product_code": "a card" if "line" in each else "the payment", "at": each["doubted_at"]} for each in doubts]
        stuck = _documents(stores["inventory"], Needs.NAME, needs_prefix(shop_id, "manual"), MOST_COUNTED)
        known = {(each["order_number"], each["line"], each["unit"]) for each in failed}
        waiting += [{**each, "at": each["changed_at"]} for each in stuck if (each["order_number"], each["line"], each["unit"]) not in known]
    newest = sorted(orders, key=lambda order: str(order["placed_at"]), reverse=True)[:SHOWN_ORDERS]
    return [_order(each) for each in newest], sorted(waiting, key=lambda each: str(each["at"]), reverse=True)


def _documents(store: Any, view: str, prefix: str, limit: int) -> list[dict[str, Any]]:
    return [msgspec.json.decode(data) for _, data in store.view_rows(view, prefix, limit)]


def _order(document: dict[str, Any]) -> dict[str, Any]:
    units = document["units"]
    times = [unit["delivery_milliseconds"] for unit in units if unit.get("delivery_milliseconds") is not None]
    return {
        "order_number": document["order_number"],
        "shop_id": document["shop_id"],
        "state": _state(document),
        "products": ", ".join(document["products"]),
        "amount": _amount(document["amount"]),
        "placed_at": document["placed_at"],
        "delivered": sum(unit["state"] in ("delivered", "revealed") for unit in units),
        "unit_count": len(units),
        "seconds": round(max(times) / 1_000, 2) if times else None,
    }


def _state(document: dict[str, Any]) -> str:
    states = {unit["state"] for unit in document["units"]}
    if document["state"] != "paid":
        return str(document["state"])
    if "failed" in states:
        return "failed"
    if "pending" in states:
        return "delivering"
    return "revealed" if states == {"revealed"} else "delivered"


def _amount(amount: dict[str, Any]) -> str:
    return f"{decimal_text(Money(**amount))} {amount['currency']}"


def _trouble(services: list[dict[str, Any]], waiting: list[dict[str, Any]], alerts: list[OpenAlert]) -> list[str]:
    found = [f"{each['service']}: {reason}" for each in services for reason in each["reasons"]]
    found += [f"{each['service']}: {each['parked']} parked (see `redress parked list`)" for each in services if each["parked"]]
    found += [
        f"{each['service']}: restored (epoch {each['unreleased_epoch']}); see `redress lost`, then `redress release`"
        for each in services
        if each["unreleased_epoch"] is not None
    ]
    if waiting:
        found.append(f"{len(waiting)} {'matter waits' if len(waiting) == 1 else 'matters wait'} for a person")
    if alerts:
        found.append(f"{len(alerts)} {'alert that nobody has' if len(alerts) == 1 else 'alerts that nobody has'} mended or seen yet")
    return found
