"""The noting providers of the drills: every kind of provider is heard, and answers as it would without notes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from protocols.http import HttpReply
from protocols.payment import PaymentState
from redress.sandboxed import SHOP_ID, make_sandbox, settings_on
from sandbox.server import SandboxServer
from services.order.channels.registry import CHANNELS
from services.order.settings import OrderSettings
from tests.faults.hearing import note_questions


@pytest.mark.parametrize("code", ["alipay", "epay", "wechat", "epay_v2"])
async def test_a_question_to_any_provider_is_answered_and_noted(code: str, tmp_path: Path) -> None:
    sandbox = make_sandbox("http://127.0.0.1:9", 1.0, tmp_path / "sandbox.json")
    notes = note_questions(sandbox)
    async with SandboxServer(sandbox) as server:
        settings: OrderSettings = settings_on(server, "http://127.0.0.1:9")["order"]
    now, account, provider = datetime.now(UTC), settings.shops[SHOP_ID].account(code), sandbox.providers[code]
    provider.pay("RD0001", "19.90", now)
    reply = provider.handle(CHANNELS[code].question(account, "RD0001", now).request, now).result
    assert isinstance(reply, HttpReply)
    assert CHANNELS[code].standing(account, "RD0001", reply, now).state is PaymentState.PAID
    assert [(each.provider, each.at, each.order_number) for each in notes] == [(code, now, "RD0001")]
