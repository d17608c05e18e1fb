"""The children of the house: every service twice, with one set of settings but for the ports.

They are called `order`, `inventory`, `order-b` and `inventory-b`.
"""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2

from chassis.embedded.ports import LOOPBACK
from redress.composition import SERVICES
from redress.demo.theatre import READY_SECONDS, Theatre, _free_ports
from redress.errors import UserError
from redress.sandboxed import SHOP_ID
from redress.settings import RedressSettings
from sandbox.server import SandboxServer

TIME_FACTOR = 10.0
"""An order expires after 90 s and is given up after 180 s: longer than the house is ever without one of its services."""
STAND_BY = "-b"
UNASKABLE = ("epusdt", "tokenpay", "unionpay")
"""Providers that the house does without: with them, a payment that a restore has lost is looked for by hand."""


class PairedTheatre(Theatre):
    """A theatre in which each service has two children."""

    servers: RedressSettings

    def __init__(self, folder: Path, settings: RedressSettings) -> None:
        super().__init__(folder, settings, has_processes=True, time_factor=TIME_FACTOR)
        self.servers = settings
        self.ways_in: dict[str, str] = {}
        """Where each service is found, whichever of its children answers."""
        self._second_port = _free_ports(len(SERVICES) + 1)

    @property
    def names(self) -> list[str]:
        return [*SERVICES, *(name + STAND_BY for name in SERVICES)]

    @property
    def address_of(self) -> dict[str, str]:
        """Where each child answers."""
        second = {name + STAND_BY: f"http://{LOOPBACK}:{self._second_port + 1 + place}" for place, name in enumerate(SERVICES)}
        return {**self.addresses, **second}

    def settings_content(self, sandbox: SandboxServer) -> dict[str, Any]:
        assert self.servers.postgres_dsn is not None
        assert self.servers.redis_url is not None
        content = super().settings_content(sandbox) | {
            "postgres_dsn": self.servers.postgres_dsn.reveal(),
            "kafka_bootstrap": self.servers.kafka_bootstrap,
            "redis_url": self.servers.redis_url.reveal(),
        }
        content["service_urls"] = self.ways_in
        for account in content["services"]["inventory"]["shops"][SHOP_ID]["suppliers"].values():
            account["callback_base_url"] = self.ways_in["inventory"]
        for shop in content["services"]["order"]["shops"].values():
            shop.update(dict.fromkeys(UNASKABLE))
        second = self._file(STAND_BY)
        second.touch(mode=0o600)
        second.write_text(json.dumps(content | {"http_port": self._second_port}))
        return content

    def start(self, name: str) -> None:
        service, _, letter = name.partition("-")
        command = [sys.executable, "-m", "redress.cli", "run", service, "--settings", str(self._file(f"-{letter}" if letter else ""))]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.children[name] = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    async def kill(self, name: str) -> None:
        """End a child at once; returns when it is gone."""
        self.children[name].kill()
        await asyncio.to_thread(self.children[name].wait)

    def pause(self, name: str) -> None:
        self.children[name].send_signal(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        self.children[name].send_signal(signal.SIGCONT)

    async def is_ready(self, name: str) -> bool:
        async with httpx2.AsyncClient(timeout=2.0, trust_env=False) as client:
            try:
                return (await client.get(f"{self.address_of[name]}/health/ready")).status_code == 200
            except httpx2.HTTPError:
                return False

    async def are_all_ready(self) -> bool:
        """Whether every child, writer or stand-by, is there."""
        return all(await asyncio.gather(*(self.is_ready(name) for name in self.names)))

    async def until_all_are_ready(self) -> None:
        """Wait for writers and stand-bys; raises UserError."""
        deadline = time.monotonic() + READY_SECONDS
        waiting = self.names
        while waiting := [name for name in waiting if not await self.is_ready(name)]:
            if time.monotonic() > deadline:
                raise UserError(f"{', '.join(waiting)} did not become ready.")
            await asyncio.sleep(0.1)

    def _file(self, suffix: str) -> Path:
        return self.folder / f"settings{suffix}.json"
