"""The sandbox's own controls, JSON in and out: let a buyer pay, switch faults, look at what happened.

    GET    /control/parties                     names and whether they are down
    POST   /control/pay                         {provider, order_number, total}: the buyer pays
    POST   /control/forge                       {provider, order_number, total}: somebody claims so, with a bad signature
    PUT    /control/faults/<party>              {faults, order_number?, seconds?}; the fields of `behaviour.faults`
    DELETE /control/faults/<party>              ?order_number=… for one order, else all
    PUT    /control/stock/<supplier>/<sku_id>   {stock_count}
    PUT    /control/balance/<supplier>          {balance}: what is left of the shop's money there, decimal text
    GET    /control/deliveries                  every card handed over, and for which order
    GET    /control/notices                     every notice and callback sent, and how it was received

There is no password, and deliveries name cards: keep it on the loopback interface.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.behaviour.faults import PaymentFaults, SupplierFaults
from sandbox.behaviour.payments import PaymentRefused
from sandbox.world import Sandbox


class Payment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A payment to be made or claimed; `total` is decimal text in yuan."""

    provider: str
    order_number: str
    total: str


class FaultSwitch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Faults to switch on, for one order or all, for some seconds or until taken back."""

    faults: msgspec.Raw
    order_number: str | None = None
    seconds: float | None = None


class Stock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new stock count."""

    stock_count: int


class Balance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left of the shop's money at a supplier."""

    balance: Decimal


Handler = Callable[[Request], Awaitable[Response]]


def control_routes(sandbox: Sandbox, clock: Callable[[], datetime], faults_changed: Callable[[], Awaitable[None]]) -> list[BaseRoute]:
    """The routes below `/control`."""

    async def parties(request: Request) -> Response:
        return _json({name: {"is_down": sandbox.is_down(name, clock())} for name in sandbox.parties})

    async def pay(request: Request) -> Response:
        payment = msgspec.json.decode(await request.body(), type=Payment)
        trade = sandbox.providers[payment.provider].pay(payment.order_number, payment.total, clock())
        return _json({"trade_number": trade.trade_number}, 201)

    async def forge(request: Request) -> Response:
        payment = msgspec.json.decode(await request.body(), type=Payment)
        sandbox.providers[payment.provider].forge_notice(payment.order_number, payment.total, clock())
        return _json({}, 201)

    async def set_faults(request: Request) -> Response:
        party = request.path_params["party"]
        switch = msgspec.json.decode(await request.body(), type=FaultSwitch)
        until = None if switch.seconds is None else clock() + timedelta(seconds=switch.seconds)
        if party in sandbox.providers:
            payment_faults = msgspec.json.decode(switch.faults, type=PaymentFaults)
            sandbox.providers[party].faults.set(payment_faults, order_number=switch.order_number, until=until)
        else:
            supplier_faults = msgspec.json.decode(switch.faults, type=SupplierFaults)
            sandbox.suppliers[party].faults.set(supplier_faults, order_number=switch.order_number, until=until)
        await faults_changed()
        return _json({})

    async def clear_faults(request: Request) -> Response:
        sandbox.parties[request.path_params["party"]].faults.clear(request.query_params.get("order_number"))
        await faults_changed()
        return _json({})

    async def stock(request: Request) -> Response:
        counts = sandbox.suppliers[request.path_params["supplier"]].ledger.stock_counts
        sku_id = request.path_params["sku_id"]
        if sku_id not in counts:
            raise KeyError(sku_id)
        counts[sku_id] = msgspec.json.decode(await request.body(), type=Stock).stock_count
        return _json({})

    async def balance(request: Request) -> Response:
        ledger = sandbox.suppliers[request.path_params["supplier"]].ledger
        ledger.balance = msgspec.json.decode(await request.body(), type=Balance).balance
        return _json({})

    async def deliveries(request: Request) -> Response:
        return _json([asdict(delivery) for delivery in sandbox.deliveries(clock())])

    async def notices(request: Request) -> Response:
        return _json(sandbox.attempts)

    return [
        Route("/parties", _answered(parties)),
        Route("/pay", _answered(pay), methods=["POST"]),
        Route("/forge", _answered(forge), methods=["POST"]),
        Route("/faults/{party}", _answered(set_faults), methods=["PUT"]),
        Route("/faults/{party}", _answered(clear_faults), methods=["DELETE"]),
        Route("/stock/{supplier}/{sku_id:int}", _answered(stock), methods=["PUT"]),
        Route("/balance/{supplier}", _answered(balance), methods=["PUT"]),
        Route("/deliveries", _answered(deliveries)),
        Route("/notices", _answered(notices)),
    ]


def _answered(handler: Handler) -> Handler:
    """The handler, with its refusals told as 404, 409 and 422."""

    async def answering(request: Request) -> Response:
        try:
            return await handler(request)
        except KeyError as error:
            return _json({"error": f"no such party: {error.args[0]}"}, 404)
        except PaymentRefused as refusal:
            return _json({"error": str(refusal)}, 409)
        except msgspec.DecodeError as error:
            return _json({"error": str(error)}, 422)

    return answering


def _json(content: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")
