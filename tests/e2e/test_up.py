"""The program as a shop runs it: fresh processes, embedded servers, killed and started again."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import psycopg
import pytest

from chassis.embedded.ports import pick_port
from chassis.embedded.running import holder_of, running_addresses
from redress.demo.figures import Figures
from redress.demo.people import Cast
from redress.demo.performance import play
from redress.demo.staff import MOST_NEEDS, QUEUE_SECONDS, Staff
from redress.demo.stage import Stage
from redress.demo.theatre import Theatre, own_stage
from redress.settings import RedressSettings
from services.inventory.sourcing.domain.supplier import Supplier
from tests.e2e.judging import assert_settled

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]

REDRESS = (sys.executable, "-m", "redress.cli")
FACTOR = 60.0
SHOWN = (
    "failed_over", "redelivered", "manual", "claims", "duplicates_ignored", "refused_notices", "late_accepted", "unpaid",
    "top_ups", "manual_deliveries", "channels_switched", "stuck_rerun",
)  # fmt: skip
"""Figures of which the demo has something to show."""


def test_the_demo_ends_with_one_line_of_figures_and_every_payable_order_settled() -> None:
    ended = subprocess.run([*REDRESS, "demo", "--json", "--seed", "7"], capture_output=True, text=True, timeout=200, check=False)
    assert ended.returncode == 0, ended.stderr
    line = ended.stdout.rstrip().splitlines()[-1]
    assert list(json.loads(line)) == [each.name for each in msgspec.structs.fields(Figures)]
    figures = msgspec.json.decode(line, type=Figures)
    assert_settled(figures)
    for name in SHOWN:
        assert getattr(figures, name) > 0, f"the demo shows nothing of {name}"
    assert 0 < figures.median_delivery_seconds <= figures.p99_delivery_seconds


async def test_killed_while_orders_flow_it_goes_on_after_the_next_start() -> None:
    async with own_stage(RedressSettings(), has_processes=False, time_factor=FACTOR) as (stage, theatre):

        async def kill_and_start() -> None:
            for _ in range(2):
                await _kill(theatre)
                theatre.start("up")
                await theatre.until_ready()

        async with asyncio.TaskGroup() as tasks:
            person = tasks.create_task(tell_what_sites_show(stage))
            played = await play(stage, 11, interlude=kill_and_start)
            person.cancel()
    assert_settled(played.figures)


async def tell_what_sites_show(stage: Stage) -> None:
    """An order that was on its way to a site when we were killed, and that the site cannot be asked about, waits for a person's word."""
    async with Cast(stage) as cast:
        staff = Staff(cast)
        while True:
            suppliers = (await staff.ask("/suppliers"))["suppliers"]
            unaskable = {each["supplier_code"] for each in suppliers if each["kind"] in Supplier.UNASKABLE}
            for need in (await staff.ask("/needs", status="manual", limit=str(MOST_NEEDS)))["needs"]:
                if need["supplier_code"] in unaskable and need["reason"] in ("not_askable", "supplier_silent"):
                    supplier = need["supplier_code"]
                    await staff.tell_for(supplier, need["need_id"], await cast.sent_cards(supplier, need["order_number"]))
            await asyncio.sleep(QUEUE_SECONDS)


def test_a_folder_in_use_and_a_taken_port_are_told_and_a_signal_stops_everything(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    first = _up(folder, pick_port())
    try:
        _until_up(folder, first)
        dsn = running_addresses(folder).dsn_of("order")
        second = subprocess.run([*REDRESS, "up", "--data", str(folder)], capture_output=True, text=True, timeout=60, check=False)
        assert second.returncode == 1
        assert f"already runs on the data folder {folder} (process {first.pid})" in " ".join(second.stderr.split())
        port = json.loads((folder / "run" / "up.json").read_text())["url"].rpartition(":")[2]
        third = subprocess.run(
            [*REDRESS, "up", "--data", str(tmp_path / "other"), "--port", port], capture_output=True, text=True, timeout=60, check=False
        )
        assert third.returncode == 1
        assert f"Port {port} of 127.0.0.1 is taken" in " ".join(third.stderr.split())
        first.send_signal(signal.SIGTERM)
        assert first.wait(30) == 0
    finally:
        first.kill()
        first.wait()
    assert holder_of(folder) is None
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(dsn, connect_timeout=2).close()


async def _kill(theatre: Theatre) -> None:
    child = theatre.children["up"]
    child.kill()
    await asyncio.to_thread(child.wait)


def _up(folder: Path, port: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*REDRESS, "up", "--data", str(folder), "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _until_up(folder: Path, child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while not (folder / "run" / "up.json").exists():
        assert child.poll() is None, "it ended while starting"
        assert time.monotonic() < deadline, "it did not start in time"
        time.sleep(0.1)
