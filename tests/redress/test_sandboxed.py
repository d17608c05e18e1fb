"""A shop on the sandbox: what a stand-in sends is what the shop's settings let it read, and what it asks is answered."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from protocols.http import HttpReply
from protocols.payment import PaymentState
from redress.sandboxed import SHOP_ID, make_sandbox, revealed, settings_on
from sandbox.credentials import SandboxCredentials
from sandbox.server import SandboxServer
from services.order.channels.port import RawNotice
from services.order.channels.registry import CHANNELS
from services.order.settings import OrderSettings


@pytest.fixture
def credentials_file(tmp_path: Path) -> Path:
    return tmp_path / "sandbox.json"


async def test_each_provider_of_the_shop_is_understood_both_ways(credentials_file: Path) -> None:
    sandbox = make_sandbox("http://127.0.0.1:9", 1.0, credentials_file)
    async with SandboxServer(sandbox) as server:
        settings: OrderSettings = settings_on(server, "http://127.0.0.1:9")["order"]
        shop, now = settings.shops[SHOP_ID], datetime.now(UTC)
        assert set(shop.providers) == set(CHANNELS)
        for code in shop.providers:
            channel, account, party = CHANNELS[code], shop.account(code), sandbox.providers[code]
            party.pay("RD1", "19.90", now)
            [told] = party.due_notices(now)
            headers = {name.lower(): value for name, value in told.request.headers}
            raw = RawNotice(told.request.method, told.request.target.partition("?")[2].encode(), headers, told.request.body, now)
            fact = channel.read(raw, account)
            assert (told.request.url_path, fact.order_number, fact.amount.amount_minor) == (f"/notices/{code}/{SHOP_ID}", "RD1", 1_990)
            if not channel.is_askable(account):
                continue
            reply = party.handle(channel.question(account, "RD1", now).request, now).result
            assert isinstance(reply, HttpReply)
            assert channel.standing(account, "RD1", reply, now).state is PaymentState.PAID


async def test_the_settings_can_be_written_to_a_file_and_read_again(credentials_file: Path) -> None:
    async with SandboxServer(make_sandbox("http://127.0.0.1:9", 1.0, credentials_file)) as server:
        content: Any = revealed(settings_on(server, "http://127.0.0.1:9"))
    written = msgspec.json.decode(msgspec.json.encode(content))
    assert "PRIVATE KEY" in written["order"]["shops"][SHOP_ID]["epay_v2"]["merchant_private_key"]
    assert written["order"]["shops"][SHOP_ID]["epay_v2"]["ways"]["done_code"] == "0"


def test_an_older_sandbox_keeps_its_accounts_and_gets_those_it_lacks(credentials_file: Path) -> None:
    made = make_sandbox("http://127.0.0.1:9", 1.0, credentials_file).credentials
    msgspec.structs.replace(made, gateways=None, wechat=None, unionpay=None).write(credentials_file)
    first = make_sandbox("http://127.0.0.1:9", 1.0, credentials_file).credentials
    assert first.gateways is not None
    assert first.wechat is not None
    assert first.unionpay is not None
    assert first == msgspec.structs.replace(made, gateways=first.gateways, wechat=first.wechat, unionpay=first.unionpay)
    assert make_sandbox("http://127.0.0.1:9", 1.0, credentials_file).credentials == first == SandboxCredentials.read(credentials_file)


async def test_each_supplier_has_an_account_that_speaks_its_protocol(credentials_file: Path) -> None:
    async with SandboxServer(make_sandbox("http://127.0.0.1:9", 1.0, credentials_file)) as server:
        accounts = settings_on(server, "http://127.0.0.1:9")["inventory"].shops[SHOP_ID].suppliers
    assert {account.kind for account in accounts.values()} == {"dujiao_next", "acg_faka", "acg_faka_v4", "supplier_api"}
    assert accounts["shared"].articles["7"].code == "A000000000000007"
