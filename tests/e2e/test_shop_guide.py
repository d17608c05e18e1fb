"""`docs/guide/shop-api.md` is run as it stands, and each answer is held against `docs/shop-api.yaml`.

The guide's lines run in one shell, with a `curl` before the real one that also writes down what was asked and answered. A receiver of
webhooks verifies what arrives by another library.
"""

from __future__ import annotations

import asyncio
import http.server
import json
import os
import re
import shutil
import stat
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from openapi_schema_validator import OAS31Validator
from standardwebhooks import Webhook

import redress
from redress.demo.theatre import Theatre, own_stage
from redress.settings import RedressSettings
from redress.shop_api import OPERATIONS, document
from sandbox.server import SandboxServer
from tests.integration.two_services import eventually

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]

GUIDE = Path(redress.__file__).parent.parent / "docs" / "guide" / "shop-api.md"
NOT_IN_THE_GUIDE = {"acknowledgeFailures", "takeOverOrder", "showWebhook"}
TOLD = {"webhook.test", "order.placed", "order.paid", "unit.delivered", "order.expired"}
"""Types of webhooks that the guide brings about; the last ones may be on their way when its last line has run."""
RECORDING_CURL = """#!/bin/bash
answer=$(REAL_CURL "$@" --write-out '\\n%{http_code} %{method} %{url_effective}'); ended=$?
printf '%s\\n' "$answer" >> "$CURL_LOG"
printf '%s' "$answer" | sed '$d'
exit $ended
"""


class Exchange(NamedTuple):
    status: int
    method: str
    path: str
    body: Any


class NearbyTheatre(Theatre):
    """Its shop's webhooks may go to this machine."""

    def settings_content(self, sandbox: SandboxServer) -> dict[str, Any]:
        content = super().settings_content(sandbox)
        content["services"]["notify"] = {"are_private_targets_allowed": True}
        return content


async def test_the_guide_runs_as_it_stands_and_every_answer_is_as_the_document_says(tmp_path: Path) -> None:
    async with own_stage(RedressSettings(), has_processes=False, time_factor=1.0, kind=NearbyTheatre) as (stage, theatre):
        with receiver() as (hook, arrived):
            environment = {
                "URL": theatre.root_url,
                "CONTROL": stage.control_url,
                "HOOK": hook,
                "SHOP": stage.keyring.shops[stage.shop_id].reveal(),
                "STAFF": stage.keyring.staff_authorization().removeprefix("Bearer "),
            }
            exchanges = await asyncio.to_thread(run_guide, tmp_path, environment)  # the sandbox is in this process

            async def are_told() -> bool:
                return types_of(arrived) >= TOLD

            await eventually(are_told)
    told = list(checked(exchanges))
    assert {operation.name for operation in OPERATIONS} - set(told) == NOT_IN_THE_GUIDE
    assert_all_verified(exchanges, arrived)


def run_guide(folder: Path, environment: dict[str, str]) -> list[Exchange]:
    """Run every line; raises AssertionError with what the shell said where one fails."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 8
    curl, log = folder / "curl", folder / "log"
    real = shutil.which("curl")
    assert real is not None, "the guide needs curl: install it with the package manager of this machine"
    curl.write_text(RECORDING_CURL.replace("REAL_CURL", real))
    curl.chmod(curl.stat().st_mode | stat.S_IXUSR)
    env = {**os.environ, **environment, "PATH": f"{folder}:{os.environ['PATH']}", "CURL_LOG": str(log)}
    script = "set -eu\n" + "\n".join(blocks)
    said = folder / "said"
    with said.open("w") as output:
        ran = subprocess.run(["timeout", "100", "bash", "-c", script], env=env, cwd=folder, stdout=output, stderr=output, check=False)
    assert ran.returncode == 0, said.read_text()[-3_000:]
    lines = log.read_text().splitlines()
    return [exchange_of(body, ending) for body, ending in zip(lines[::2], lines[1::2], strict=True)]


def exchange_of(body: str, ending: str) -> Exchange:
    status, method, url = ending.split(" ", 2)
    return Exchange(int(status), method.lower(), re.sub(r"^https?://[^/]+|\?.*$", "", url), json.loads(body) if body else None)


def checked(exchanges: list[Exchange]) -> Iterator[str]:
    """The name of each operation that was called; raises where an answer does not fit its schema."""
    whole = document()
    for exchange in exchanges:
        operation = next((each for each in OPERATIONS if each.method == exchange.method and _fits(each.path, exchange.path)), None)
        if operation is None:
            assert exchange.path.startswith(("/inventory/", "/control/")), exchange
            continue
        content = whole["paths"][operation.path][operation.method]["responses"][str(exchange.status)]["content"]
        (schema,) = [each["schema"] for each in content.values()]
        OAS31Validator({**schema, "components": whole["components"]}).validate(exchange.body)
        if exchange.status == operation.status:
            yield operation.name


def _fits(pattern: str, path: str) -> bool:
    # A literal path comes before one with a name in its place: the table has them in that order.
    return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path) is not None


def types_of(arrived: list[tuple[dict[str, str], bytes]]) -> set[str]:
    return {msgspec.json.decode(body)["type"] for _, body in arrived}


def assert_all_verified(exchanges: list[Exchange], arrived: list[tuple[dict[str, str], bytes]]) -> None:
    (secret,) = {each.body["secret"] for each in exchanges if each.path == "/notify/webhooks" and each.method == "post"}
    for headers, body in arrived:
        Webhook(secret).verify(body, headers)
    assert len({headers["webhook-id"] for headers, _ in arrived}) < len(arrived), "what was replayed came under its old id"


@contextmanager
def receiver() -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """An address that takes webhooks, and what arrived there."""
    arrived: list[tuple[dict[str, str], bytes]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            arrived.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/hooks/redress", arrived
        finally:
            server.shutdown()
            thread.join()
