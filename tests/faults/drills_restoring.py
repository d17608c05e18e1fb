"""Restores: a service's database is put back to a backup while everything goes on, as `docs/guide/trouble.md` tells an operator.

Between the backup and the end of its database the service takes orders, payments and card files, delivers and buys: all that is lost. What
the drill itself sees of it (writes refused, the alarm, what was listed) it writes down for the judges; the rest is told by the stores.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx2
import msgspec
import psycopg

from redress.composition import SERVICES
from redress.errors import UserError
from redress.restoring import hearers_of
from redress.topics import delete_topics
from tests.faults.buyers import Answer, Batch
from tests.faults.drill import Drill, Trial
from tests.faults.house import KAFKA, POSTGRES, House
from tests.faults.paired import STAND_BY
from tests.faults.restored import Restored
from tests.faults.restoring import Backup, inbox_keys, redress

READY_WITHIN_SECONDS = 40.0
SEEN_WITHIN_SECONDS = 30.0
SPAN_SECONDS = (2.0, 4.0)
UNRELEASED_SECONDS = (1.0, 3.0)
LOOKED_AT = 12
ANOTHER_SERVER = "another system identifier"
ALARM = "restored: what it lost waits for an operator"
SHOWN_WITHIN_SECONDS = 30.0


async def restore_inventory(trial: Trial) -> None:
    await _restore(trial, "inventory", is_topic_wiped=False)


async def restore_inventory_without_topic(trial: Trial) -> None:
    await _restore(trial, "inventory", is_topic_wiped=True)


async def restore_order(trial: Trial) -> None:
    await _restore(trial, "order", is_topic_wiped=False)


async def restore_order_without_topic(trial: Trial) -> None:
    await _restore(trial, "order", is_topic_wiped=True)


async def _restore(trial: Trial, service: str, *, is_topic_wiped: bool) -> None:
    house, buyers = trial.house, trial.buyers
    async with house.hands_on(*SERVICES, KAFKA, POSTGRES):
        await _until(READY_WITHIN_SECONDS, house.theatre.are_all_ready)
        await trial.told.look(buyers, _newest(trial))
        first_answer, first_batch = len(buyers.answers), max(0, len(buyers.batches) - 2)
        backup = await asyncio.to_thread(Backup.take, house, service)
        product = f"listed-in-span-{len(house.restored)}"
        await asyncio.gather(buyers.list_product(product), buyers.rush(), asyncio.sleep(trial.chance.uniform(*SPAN_SECONDS)))
        await trial.told.look(buyers, _newest(trial))
        for name in house.theatre.names:
            await house.theatre.kill(name)
        answers, batches = buyers.answers[first_answer:], buyers.batches[first_batch:]
        if is_topic_wiped:
            await delete_topics(house.kafka.address, [service])
        stopped_at = datetime.now(UTC)
        lost_dsn = await asyncio.to_thread(backup.put_back)
        kept = await asyncio.to_thread(backup.last_log_id)
        restored = Restored(service, is_topic_wiped, kept, lost_dsn, backup.at, backup.ended_at, stopped_at, datetime.now(UTC))
        restored.forgotten_keys = await asyncio.to_thread(inbox_keys, lost_dsn) - await asyncio.to_thread(
            inbox_keys, house.admin_dsn_of(service)
        )
        house.restored.append(restored)
        await _see_it_refuse(house, backup, restored)
        restored.opened_at = datetime.now(UTC)
        restored.output = await redress(house, "restore", service, "--yes")
        for name in house.theatre.names:
            house.theatre.start(name)
        await _see_the_alarm(house, restored)
        await _send_again(trial, answers, restored)
        if service == "inventory":
            await buyers.list_product(product)
            await _import_again(trial, batches)
        await asyncio.sleep(trial.chance.uniform(*UNRELEASED_SECONDS))
        await _settle_what_waits(house, restored)
        restored.output += await redress(house, "lost")
        restored.output += await redress(house, "release", service, "--yes")
        restored.released_at = datetime.now(UTC)
        if not await _until(SEEN_WITHIN_SECONDS, partial(_is_silent, house, service)):
            restored.amiss.append(f"the alarm went on after the release: {await _alarms(house)}")
        refused = await trial.told.look_until_all_is_shown(buyers, SHOWN_WITHIN_SECONDS)
        restored.amiss += [f"a buyer who had seen a card is not shown it: {each}" for each in refused]
        if (
            service == "inventory"
            and (lost := await buyers.as_staff("inventory", f"/batches/lost?shop_id={buyers.stage.shop_id}"))["imports"]
        ):
            restored.amiss.append(f"imported again, and still lost: {lost}")
        (house.folder / f"{service}-{len(house.restored)}.restored").write_text(restored.output)
        trial.counts["restores"] += 1


def _newest(trial: Trial) -> list[str]:
    return list(trial.buyers.paid_at)[-LOOKED_AT:]


async def _see_it_refuse(house: House, backup: Backup, restored: Restored) -> None:
    """Both processes of the service start, say why they do not write, and do not."""
    service, before = restored.service, await asyncio.to_thread(_generation, house, restored.service)
    children = (service, service + STAND_BY)
    for name in children:
        house.theatre.start(name)
    for name in children:

        async def says_why(name: str = name) -> bool:
            return ANOTHER_SERVER in await _got(house, name, "/health/ready")

        if not await _until(READY_WITHIN_SECONDS, says_why):
            restored.amiss.append(f"{name} does not say that it is another server: {await _got(house, name, '/health/ready')}")
    after = await asyncio.to_thread(_generation, house, service)
    last = await asyncio.to_thread(backup.last_log_id)
    if (after, last) != (before, restored.kept_log_id):
        restored.amiss.append(f"{service} wrote before its epoch was open: {before}, {restored.kept_log_id}; then {after}, {last}")
    for name in children:
        await house.theatre.kill(name)


async def _see_the_alarm(house: House, restored: Restored) -> None:
    service = restored.service
    if not await _until(READY_WITHIN_SECONDS, partial(_has_writer_alarm, house, service)):
        restored.amiss.append(f"nobody alarms about the restore: {await _alarms(house)}")
    logged = sum(ALARM in (house.folder / f"{name}.log").read_text(errors="replace") for name in (service, service + STAND_BY))
    if not logged:
        restored.amiss.append("the restore is not in the log")
    for hearer in hearers_of(service):
        if not await _until(SEEN_WITHIN_SECONDS, partial(_has_stopped_slots, house, hearer, service)):
            restored.amiss.append(f"{hearer} stops nowhere: {await _alarms(house)}")


async def _send_again(trial: Trial, answers: list[Answer], restored: Restored) -> None:
    """A shop sends every order of the lost span once more, and is answered as before.

    Where the order was not read back, it is a new one by the same number, with another time to pay.
    """
    for before in {each.key: each for each in answers}.values():
        status, body = await trial.buyers.ask_again(before, first=True)
        after = replace(before, status=status, body=body, at=datetime.now(UTC))
        trial.buyers.answers.append(after)
        if (after.status, _said(after, restored)) != (before.status, _said(before, restored)):
            restored.amiss.append(f"{before.key} was answered {before.status} {before.body!r}, after the restore {status} {body!r}")


async def _import_again(trial: Trial, batches: list[Batch]) -> None:
    """Under the old name; or under another where the old one takes no more: it was called complete after its chunks had been forgotten."""
    for batch in batches:
        try:
            await trial.buyers.take_in(batch)
        except UserError:
            trial.counts["card files imported again under another name"] += 1
            await trial.buyers.take_in(replace(batch, batch_id=f"{batch.batch_id}-again"))


def _said(answer: Answer, restored: Restored) -> dict[str, Any]:
    passing = {"expires_at"} if restored.is_topic_wiped else set[str]()
    return {name: value for name, value in msgspec.json.decode(answer.body).items() if name not in passing}


async def _settle_what_waits(house: House, restored: Restored) -> None:
    """What an operator does with lost records that nobody could recover: those without a content are given up, others replayed."""

    def waiting() -> list[tuple[int, str, str]]:
        with psycopg.connect(house.admin_dsn_of(restored.service), autocommit=True) as connection:
            return connection.execute(
                "SELECT parked_id, what, type FROM parked WHERE what IN ('lost', 'unread') AND status = 'waiting' ORDER BY 1"
            ).fetchall()

    rows = await asyncio.to_thread(waiting)
    unread, lost = ([str(parked_id) for parked_id, what, _ in rows if what == kind] for kind in ("unread", "lost"))
    if unread:
        await redress(house, "parked", "discard", "--yes", restored.service, *unread)
    if lost:
        with suppress(UserError):  # what stays is looked at below
            await redress(house, "parked", "replay", restored.service, *lost)
    for parked_id, what, kind in await asyncio.to_thread(waiting):
        restored.amiss.append(f"{what} {kind} {parked_id} could not be recovered")
        await redress(house, "parked", "discard", "--yes", restored.service, str(parked_id))


def _generation(house: House, service: str) -> object:
    with psycopg.connect(house.admin_dsn_of(service), autocommit=True) as connection:
        return connection.execute("SELECT * FROM generation").fetchall()


async def _got(house: House, name: str, path: str) -> str:
    async with httpx2.AsyncClient(timeout=2.0, trust_env=False) as client:
        try:
            return (await client.get(house.theatre.address_of[name] + path)).text
        except httpx2.HTTPError:
            return ""


async def _gauges(house: House, name: str) -> dict[str, float]:
    """The two alarms of a child: unreleased restore, and stopped slots by source."""
    text = await _got(house, name, "/metrics")
    found = re.findall(
        r"^redress_(unreleased_restore|stopped_slots)(?:\{[^}]*source=\"(\w+)\"[^}]*\})?[^ ]* ([0-9.e+]+)$", text, re.MULTILINE
    )
    return {f"{gauge} {source}".strip(): float(value) for gauge, source, value in found}


async def _alarms(house: House) -> dict[str, dict[str, float]]:
    return {name: await _gauges(house, name) for name in house.theatre.names}


async def _has_writer_alarm(house: House, service: str) -> bool:
    writer = await asyncio.to_thread(house.writer_of, service)
    if writer is None or not await house.theatre.is_ready(writer):
        return False
    return (await _gauges(house, writer)).get("unreleased_restore") == 1


async def _has_stopped_slots(house: House, hearer: str, source: str) -> bool:
    """Slots stand still at the hearer's writer, and its health says what of."""
    writer = await asyncio.to_thread(house.writer_of, hearer)
    if writer is None:
        return False
    stopped = (await _gauges(house, writer)).get(f"stopped_slots {source}", 0)
    return stopped > 0 and "phantoms" in await _got(house, writer, "/health/ready")


async def _is_silent(house: House, service: str) -> bool:
    every = (await _alarms(house)).values()
    return all("unreleased_restore" in gauges and not any(gauges.values()) for gauges in every)


async def _until(seconds: float, is_so: Callable[[], Awaitable[bool]]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if await is_so():
            return True
        await asyncio.sleep(0.2)
    return False


DRILLS = (
    Drill("inventory restored", "other", 2, restore_inventory, is_alone=True),
    Drill("inventory restored, its topic wiped", "other", 1, restore_inventory_without_topic, is_alone=True),
    Drill("order restored", "other", 2, restore_order, is_alone=True),
    Drill("order restored, its topic wiped", "other", 1, restore_order_without_topic, is_alone=True),
)
