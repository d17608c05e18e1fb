"""Building the demo's own stage: the sandbox in this process, the services in child processes, everything in a temporary folder.

    embedded     one child, `redress up`, which brings its own servers
    processes    one child a service, `redress run NAME`, on the real servers that REDRESS_… names

Either way it is the program that a shop runs, with a settings file and nothing else.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import msgspec

from chassis.embedded.ports import LOOPBACK, is_free, pick_port
from chassis.embedded.running import running_addresses
from chassis.secret import Secret
from redress.composition import SERVICES
from redress.demo.market import LEE
from redress.demo.stage import Stage
from redress.errors import UserError
from redress.keyring import known_tokens
from redress.sandboxed import SHOP_ID, make_sandbox, revealed, settings_on
from redress.servers import servers_of
from redress.settings import RedressSettings, StaffSettings
from sandbox.server import SandboxServer

READY_SECONDS = 60.0
STOP_SECONDS = 30.0
PEOPLE = ("ann", "bob")
"""Of the shop's staff: what one of them approves the other confirms."""
KEY_SETTINGS = ("master_key", "fingerprint_key", "token_key")


class Theatre:
    """A stage of the demo's own, and its children by name, so that a test may kill one and start it again."""

    def __init__(self, folder: Path, settings: RedressSettings, *, has_processes: bool, time_factor: float) -> None:
        self.folder = folder
        self._has_processes = has_processes
        port = _free_ports(len(SERVICES) + 1)
        self.settings = msgspec.structs.replace(
            settings,
            data_folder=folder / "data",
            http_host=LOOPBACK,
            http_port=port,
            time_factor=time_factor,
            staff={name: StaffSettings(token=_token(), role="operator", shops=(SHOP_ID,)) for name in PEOPLE},
            supplier_tokens={SHOP_ID: {LEE: _token()}},
        )
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self._settings_file = folder / "settings.json"

    @property
    def root_url(self) -> str:
        return f"http://{LOOPBACK}:{self.settings.http_port}"

    @property
    def addresses(self) -> dict[str, str]:
        if self._has_processes:
            return {name: self.settings.url_of(name, place) for place, name in enumerate(SERVICES)}
        return {name: f"{self.root_url}/{name}" for name in SERVICES}

    @property
    def names(self) -> list[str]:
        """The children: one for each service, or `up`."""
        return list(SERVICES) if self._has_processes else ["up"]

    async def open(self, sandbox: SandboxServer) -> Stage:
        """Start everything; the stage once every service is ready. Raises UserError."""
        self._write_settings(sandbox)
        if self._has_processes:
            await self._finish("migrate")
        for name in self.names:
            self.start(name)
        await self.until_ready()
        return self.stage(f"{sandbox.url}/control")

    def stage(self, control_url: str) -> Stage:
        embedded = None if self._has_processes else running_addresses(self.settings.data_folder)
        keyring = known_tokens(self.settings)
        return Stage(self.addresses, control_url, servers_of(self.settings, embedded), keyring, SHOP_ID, self.settings.time_factor)

    def start(self, name: str) -> None:
        """Start a child by its name."""
        words = ["run", name] if self._has_processes else ["up"]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.children[name] = subprocess.Popen(
                [*_PROGRAM, *words, "--settings", str(self._settings_file)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    async def until_ready(self) -> None:
        """Wait until every service says it is ready; raises UserError."""
        async with httpx2.AsyncClient(timeout=2.0, trust_env=False) as client:
            try:
                async with asyncio.timeout(READY_SECONDS):
                    while True:
                        if await self._are_ready(client):
                            return
                        await asyncio.sleep(0.1)
            except TimeoutError:
                raise UserError(f"The demo's services were not ready in {READY_SECONDS:.0f} s.\n{self._last_words()}") from None

    async def stop(self) -> None:
        """Stop all children; returns when they are gone."""
        for child in self.children.values():
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        for child in self.children.values():
            try:
                await asyncio.to_thread(child.wait, STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                await asyncio.to_thread(child.wait)

    async def _are_ready(self, client: httpx2.AsyncClient) -> bool:
        for name, child in self.children.items():
            if child.poll() is not None:
                raise UserError(f"{name} ended by itself (exit code {child.returncode}).\n{self._last_words()}")
        for address in self.addresses.values():
            try:
                if (await client.get(f"{address}/health/ready")).status_code != 200:
                    return False
            except httpx2.HTTPError:
                return False
        return True

    async def _finish(self, word: str) -> None:
        arguments = [*_PROGRAM, word, "--settings", str(self._settings_file)]
        child = await asyncio.create_subprocess_exec(*arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        output, _ = await child.communicate()
        if child.returncode != 0:
            raise UserError(f"`redress {word}` failed: {output.decode().strip()}")

    def settings_content(self, sandbox: SandboxServer) -> dict[str, Any]:
        """What stands in the children's settings file."""
        callback_base_url = self.addresses["inventory"] if self._has_processes else self.root_url
        content: dict[str, Any] = {
            "data_folder": str(self.settings.data_folder),
            "http_host": self.settings.http_host,
            "http_port": self.settings.http_port,
            "time_factor": self.settings.time_factor,
            "staff": revealed(self.settings.staff),
            "supplier_tokens": revealed(self.settings.supplier_tokens),
            "services": revealed(settings_on(sandbox, callback_base_url)),
        }
        return content | self._own_secrets() if self._has_processes else content

    def _write_settings(self, sandbox: SandboxServer) -> None:
        self._settings_file.touch(mode=0o600)
        self._settings_file.write_text(json.dumps(self.settings_content(sandbox)))

    def _own_secrets(self) -> dict[str, Any]:
        """Tokens and keys for processes; a key that is set already stays as it is."""
        shop, staff = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        made: dict[str, Any] = {"shop_tokens": {SHOP_ID: shop}, "staff_token": staff}
        changes: dict[str, Any] = {"shop_tokens": {SHOP_ID: Secret(shop)}, "staff_token": self.settings.staff_token or Secret(staff)}
        self.settings = msgspec.structs.replace(self.settings, **changes)
        for name in KEY_SETTINGS:
            if getattr(self.settings, name) is None and not (name == "master_key" and self.settings.master_key_file is not None):
                made[name] = base64.b64encode(secrets.token_bytes(32)).decode()
        return made

    def _last_words(self) -> str:
        return "\n".join((self.folder / f"{name}.log").read_text(errors="replace")[-1_500:] for name in self.children)


@asynccontextmanager
async def own_stage(
    settings: RedressSettings, *, has_processes: bool, time_factor: float, kind: type[Theatre] = Theatre
) -> AsyncIterator[tuple[Stage, Theatre]]:
    """A stage in a temporary folder, with the theatre it stands in; gone afterwards."""
    async with AsyncExitStack() as running:
        folder = running.enter_context(_temporary_folder())
        theatre = kind(folder, settings, has_processes=has_processes, time_factor=time_factor)
        sandbox = make_sandbox(theatre.addresses["order"], time_factor, folder / "sandbox.json")
        server = await running.enter_async_context(SandboxServer(sandbox))
        running.push_async_callback(theatre.stop)
        yield await theatre.open(server), theatre


def _token() -> Secret:
    return Secret(secrets.token_urlsafe(32))


_PROGRAM = (sys.executable, "-m", "redress.cli")


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="redress-demo-", ignore_cleanup_errors=True) as name:
        # A PostgreSQL that runs as another user must be able to pass through.
        folder = Path(name)
        if os.geteuid() == 0:
            folder.chmod(0o711)
        yield folder


def _free_ports(count: int) -> int:
    """The first of so many free ports in a row."""
    while True:
        first = pick_port()
        if all(is_free(first + offset) for offset in range(count)):
            return first
