"""Runs the sandbox: inside another process's loop (`SandboxServer`) or alone.

    python -m sandbox.server --port 9100 --notify-url http://127.0.0.1:8000/notices --time-factor 60 --credentials FILE

The application listens on `--port`; each party has a port of its own after it, in the order that is printed. `--notify-url` is the
shop's, to which `/alipay`, `/epay`, `/wechat`, … are added. The credentials are read from the file, or made and written there.
"""

import argparse
import asyncio
import contextlib
import json
import signal
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import msgspec
import uvicorn

from sandbox.app import sandbox_app
from sandbox.behaviour.faults import PaymentFaults, SupplierFaults
from sandbox.credentials import SandboxCredentials
from sandbox.doors import Door
from sandbox.messenger import TICK_SECONDS, Messenger
from sandbox.world import Sandbox, SandboxSetup, notify_urls


def wall_clock() -> datetime:
    return datetime.now(UTC)


class SandboxServer:
    """A running sandbox: `async with SandboxServer(sandbox) as server`. Port 0 takes any free ones."""

    def __init__(self, sandbox: Sandbox, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.sandbox = sandbox
        self.host = host
        self.port = port
        self._has_fixed_ports = port != 0
        self._doors: dict[str, Door] = {}
        self._closing = asyncio.Event()
        self._doors_moving = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._server: EmbeddedServer | None = None

    @property
    def url(self) -> str:
        """Where the application itself listens; its controls are below `/control`."""
        return f"http://{self.host}:{self.port}"

    @property
    def alipay_url(self) -> str:
        """The base to which the gateway's path `/gateway.do` is added."""
        return self._party_url("alipay", "/alipay")

    @property
    def epay_url(self) -> str:
        """The base to which `/api.php` is added."""
        return self._party_url("epay", "/epay")

    def gateway_url(self, code: str) -> str:
        """The base to which the own paths of `wechat`, `epay_v2`, `epusdt`, `tokenpay` or `unionpay` are added."""
        return self._party_url(code, f"/gateway/{code}")

    def supplier_url(self, code: str) -> str:
        """The base to which a supplier's `/api/v1/upstream/…` is added."""
        return self._party_url(code, f"/supplier/{code}")

    async def start(self) -> None:
        """Listen and begin to send notices; raises OSError where a port is taken."""
        listener = socket.create_server((self.host, self.port))
        self.port = listener.getsockname()[1]
        app = sandbox_app(self.sandbox, clock=wall_clock, closing=self._closing, faults_changed=self.move_doors)
        config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", ws="none", timeout_graceful_shutdown=2)
        self._server = EmbeddedServer(config)
        self._tasks.append(asyncio.create_task(self._server.serve(sockets=[listener])))
        await self._server.listening.wait()
        try:
            for place, party in enumerate(self.sandbox.parties, start=1):
                door = Door(self.host, self.port + place if self._has_fixed_ports else 0, self.port)
                await door.open()
                self._doors[party] = door
        except OSError:
            await self.stop()
            raise
        self._tasks.append(asyncio.create_task(Messenger(self.sandbox, wall_clock).run()))
        self._tasks.append(asyncio.create_task(self._watch_doors()))

    async def stop(self) -> None:
        """Stop sending, cut the doors, finish what is being answered."""
        self._closing.set()
        server_task, *others = self._tasks
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for door in self._doors.values():
            await door.close()
        assert self._server is not None
        self._server.should_exit = True
        await server_task

    async def set_faults(
        self,
        party: str,
        faults: PaymentFaults | SupplierFaults,
        *,
        order_number: str | None = None,
        until: datetime | None = None,
    ) -> None:
        """Switch faults on; when this returns, a party that is down refuses connections."""
        if isinstance(faults, PaymentFaults):
            self.sandbox.providers[party].faults.set(faults, order_number=order_number, until=until)
        else:
            self.sandbox.suppliers[party].faults.set(faults, order_number=order_number, until=until)
        await self.move_doors()

    async def clear_faults(self, party: str, *, order_number: str | None = None) -> None:
        """Take faults back; when this returns, the party listens again."""
        self.sandbox.parties[party].faults.clear(order_number)
        await self.move_doors()

    async def move_doors(self) -> None:
        """Open or close each party's port, as its faults are now."""
        async with self._doors_moving:
            for party, door in self._doors.items():
                if self.sandbox.is_down(party, wall_clock()):
                    await door.close()
                else:
                    await door.open()

    async def __aenter__(self) -> "SandboxServer":
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()

    def _party_url(self, party: str, path: str) -> str:
        return f"http://{self.host}:{self._doors[party].port}{path}"

    async def _watch_doors(self) -> None:
        """Faults end by themselves when their span is over: the doors follow."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            await self.move_doors()


class EmbeddedServer(uvicorn.Server):
    """A server that leaves the process's signals to its host and tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def main() -> None:
    """Run the sandbox until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.server", description="Stand-ins for payment providers and card suppliers.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9100)
    parser.add_argument("--notify-url", default="http://127.0.0.1:8000/notices", help="the shop's; /alipay, /epay, … are added")
    parser.add_argument("--time-factor", type=float, default=1.0, help="how many times faster notices are repeated")
    parser.add_argument("--setup", type=Path, help="JSON file with the fields of SandboxSetup")
    parser.add_argument("--credentials", type=Path, help="read from this file, or made and written there")
    options = parser.parse_args()
    setup = (
        msgspec.json.decode(options.setup.read_bytes(), type=SandboxSetup)
        if options.setup
        else SandboxSetup(**notify_urls(options.notify_url.rstrip("/")), time_factor=options.time_factor)
    )
    asyncio.run(_run(Sandbox(setup, _credentials(options.credentials, setup)), options.host, options.port))


def _credentials(path: Path | None, setup: SandboxSetup) -> SandboxCredentials:
    if path is not None and path.exists():
        return SandboxCredentials.read(path)
    credentials = SandboxCredentials.generate(setup.suppliers)
    if path is not None:
        credentials.write(path)
    return credentials


async def _run(sandbox: Sandbox, host: str, port: int) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with SandboxServer(sandbox, host=host, port=port) as server:
        urls = {"control": f"{server.url}/control", "alipay": server.alipay_url, "epay": server.epay_url}
        urls |= {code: server.gateway_url(code) for code in sandbox.gateways}
        suppliers = {code: server.supplier_url(code) for code in sandbox.suppliers}
        print(json.dumps({**urls, "suppliers": suppliers}, indent=2), flush=True)
        await stopping.wait()


if __name__ == "__main__":
    main()
