"""Sourcing's commands, decided."""

from __future__ import annotations

from chassis.errors import NotFound
from chassis.service import handles
from chassis.unit import Answer
from chassis.work import Work
from services.inventory.advised import limits_from
from services.inventory.sourcing.balances import begin_polling, poll_now
from services.inventory.sourcing.commands import (
    AcknowledgeAlert,
    NoteCallback,
    RegisterSupplier,
    RerunNeed,
    RerunNeeds,
    SetSupplyTerms,
    SuspendSupplier,
    TellForSupplier,
)
from services.inventory.sourcing.domain.alert import Alert
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.domain.supplier import Supplier, check_kind
from services.inventory.sourcing.domain.supplier_limits import SupplierLimits
from services.inventory.sourcing.intents import FoundDelivery
from services.inventory.sourcing.rerunning import try_again
from services.inventory.sourcing.saga import delivered, found, given_up, pursue, sought
from services.inventory.sourcing.timers import ProbationDue, TrialOverdue
from services.inventory.stock.availability import note_supplier_back


@handles(RegisterSupplier)
def register_supplier(command: RegisterSupplier, work: Work) -> Answer:
    """Make a supplier known; registered just so already: the same answer."""
    check_kind(command.kind)
    supplier = work.find(Supplier, Supplier.create_id(command.shop_id, command.supplier_code))
    if supplier is None:
        supplier = Supplier(shop_id=command.shop_id, supplier_code=command.supplier_code, kind=command.kind)
    supplier.expect_same(kind=command.kind)
    begin_polling(supplier, work)
    return Answer(201, {"supplier_id": str(supplier.id), "supplier_code": supplier.supplier_code})


@handles(SuspendSupplier)
def suspend_supplier(command: SuspendSupplier, work: Work) -> Answer:
    """Stop ordering at a supplier, or begin again; a person's word ends a probation as well."""
    supplier = work.get(Supplier, Supplier.create_id(command.shop_id, command.supplier_code))
    if command.is_suspended:
        limits = limits_from(SupplierLimits, work.advice("limits"))
        supplier.suspend(reason=command.reason, limits=limits, staff=command.staff)
    else:
        supplier.resume(reason=command.reason, staff=command.staff)
        supplier.say_funded(command.staff)
        note_supplier_back(supplier, work)
    work.cancel_timer(ProbationDue, supplier.id)
    work.cancel_timer(TrialOverdue, supplier.id)
    return Answer(200, {"supplier_code": supplier.supplier_code, "is_suspended": supplier.is_suspended, "status": str(supplier.status)})


@handles(SetSupplyTerms)
def set_supply_terms(command: SetSupplyTerms, work: Work) -> Answer:
    """Note how the shop deals with a supplier."""
    supplier = work.get(Supplier, Supplier.create_id(command.shop_id, command.supplier_code))
    if command.tilt is not None:
        supplier.tilt_by(command.tilt)
    if command.balance_floor is not None or command.is_balance_floor_lifted:
        supplier.set_balance_floor(command.balance_floor)
        begin_polling(supplier, work)
        if supplier.is_polled:
            poll_now(supplier, work)
    return Answer(200, {"supplier_code": supplier.supplier_code, "tilt": supplier.tilt, "balance_floor": supplier.balance_floor})


@handles(AcknowledgeAlert)
def acknowledge_alert(command: AcknowledgeAlert, work: Work) -> Answer:
    """Note who has seen an alert; it comes back when it happens again."""
    about = {name: getattr(command, name) for name in ("shop_id", "kind", "supplier_code", "product_code")}
    alert = work.find(Alert, Alert.create_id(**about))
    if alert is None:
        alert = Alert(**about)
    alert.acknowledge(seen_at=command.seen_at, staff=command.staff)
    return Answer(200, {"alert_id": str(alert.id)})


@handles(RerunNeed)
def rerun_need(command: RerunNeed, work: Work) -> Answer:
    """Try a need of the manual queue again: stock, then every supplier anew."""
    need = work.get(Need, command.need_id)
    need.run_again(staff=command.staff)
    pursue(need, work)
    return Answer(202, {"need_id": str(need.id), "status": str(need.status)})


@handles(RerunNeeds)
def rerun_needs(command: RerunNeeds, work: Work) -> Answer:
    """Try needs again, each where it waits for that; what became of each, by need."""
    marks: dict[str, str] = {}
    for need_id in dict.fromkeys(command.need_ids):
        need = work.find(Need, need_id)
        if need is not None and need.shop_id == command.shop_id:
            marks[str(need_id)] = str(try_again(need, command.staff, work))
    return Answer(200, {"marks": marks})


@handles(TellForSupplier)
def tell_for_supplier(command: TellForSupplier, work: Work) -> Answer:
    """Go on with what a person found out about the awaited order, or about orders that a restore made us forget."""
    need = work.get(Need, command.need_id)
    need.hear_person(supplier_code=command.supplier_code, staff=command.staff)
    number, delivery = need.awaited, command.delivery
    if number is not None and need.orders[number].supplier_code == command.supplier_code:
        _ask_no_more(need, command.supplier_code, number, work)
        if delivery is not None:
            delivered(need, number, delivery, work)
        else:
            given_up(need, number, work)
    else:
        if delivery is not None:
            (forgotten,) = need.next_numbers(command.supplier_code)
            found(need, command.supplier_code, None, (FoundDelivery(forgotten, delivery),), work)
        for key in [key for key, supplier_code in need.searches.items() if supplier_code == command.supplier_code]:
            _ask_no_more(need, command.supplier_code, key, work)
            sought(need, key, work)
    return Answer(200, {"need_id": str(need.id), "status": str(need.status)})


def _ask_no_more(need: Need, supplier_code: str, key: str, work: Work) -> None:
    """A person has told: what nobody sent yet is taken back, and a site that could not tell anyhow is asked no more.

    One that can be asked may yet tell of a card that nobody saw, which is stock then.
    """
    supplier = work.find(Supplier, Supplier.create_id(need.shop_id, supplier_code))
    if supplier is not None and not supplier.is_askable:
        work.stop_asking(key)
    else:
        work.withdraw(key)


@handles(NoteCallback)
def note_callback(command: NoteCallback, work: Work) -> Answer:
    """Ask at once about an order that is awaited; take a card that comes for one that was thought refused or unknown to them.

    So cards that are waited for come in by one way only, by asking, and a callback can neither be lost nor come twice. An order that a
    restore made us forget is remembered by its number.
    """
    need = work.get(Need, command.need_id)
    if command.delivery is not None and command.number not in need.orders and command.number in need.numbers_at(command.supplier_code):
        found(need, command.supplier_code, None, (FoundDelivery(command.number, command.delivery),), work)
        return Answer(200, {"ok": True})
    order = need.orders.get(command.number)
    if order is None or order.supplier_code != command.supplier_code:
        raise NotFound()
    if need.awaits(command.number):
        work.hasten(command.number)
    elif command.delivery is not None:
        delivered(need, command.number, command.delivery, work)
    return Answer(200, {"ok": True})
