"""Connecting a shop, switching its mode, knowing its orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from chassis.service import handles
from chassis.unit import Answer
from chassis.work import Work
from services.order.connecting.commands import ChangeMode, ConnectShop, ImportOrders
from services.order.connecting.taking import take
from services.order.connecting.timers import LookDue
from services.order.domain.connection import Connection, Mode
from services.order.domain.order import Order

FILL_IN_AFTER_SECONDS = 60.0


def _connection(command: ConnectShop | ChangeMode) -> list[UUID]:
    return [Connection.create_id(command.shop_id)]


@handles(ConnectShop, loads=_connection)
def connect_shop(command: ConnectShop, work: Work) -> Answer:
    """Follow the shop from now on, in the mode `watch`; connected already, nothing changes. Raises ConnectedAsAnother."""
    connection = work.find(Connection, Connection.create_id(command.shop_id))
    if connection is None:
        connection = Connection(shop_id=command.shop_id, kind=command.kind, fill_in_after_seconds=FILL_IN_AFTER_SECONDS)
        work.set_timer(LookDue(connection.id, command.after_row, (), 1), due_at=work.now)
    connection.expect_same(command.kind)
    return _standing(connection)


@handles(ChangeMode, loads=_connection)
def change_mode(command: ChangeMode, work: Work) -> Answer:
    """Switch who delivers; raises NotFound, ModeOutOfTurn, NotConfirmed."""
    connection = work.get(Connection, Connection.create_id(command.shop_id))
    connection.change_mode(
        Mode(command.mode),
        is_confirmed=command.is_confirmed,
        fill_in_after_seconds=command.fill_in_after_seconds,
        changed_by=command.changed_by,
    )
    return _standing(connection)


def _standing(connection: Connection) -> Answer:
    return Answer(200, {"kind": connection.kind, "mode": connection.mode, "fill_in_after_seconds": connection.fill_in_after_seconds})


def _orders(command: ImportOrders) -> Iterable[UUID]:
    return [Order.create_id(command.shop_id, read.order_number) for read in command.orders]


@handles(ImportOrders, loads=_orders)
def import_orders(command: ImportOrders, work: Work) -> Answer:
    """Know these orders; known ones are heard of again. The answer counts what became of them."""
    return Answer(200, dict(Counter(take(read, command.shop_id, command.kind, work) for read in command.orders)))
