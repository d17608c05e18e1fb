"""The sandbox's keys: fresh ones fit together, and none shows."""

from pathlib import Path

import msgspec

from protocols.alipay import load_private_key, load_public_key
from sandbox.credentials import SandboxCredentials
from sandbox.world import Sandbox, SandboxSetup


def test_fresh_credentials_fit_and_are_kept_for_their_owner_only(tmp_path: Path) -> None:
    made = SandboxCredentials.generate(["north", "south"])
    path = tmp_path / "credentials.json"
    made.write(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert SandboxCredentials.read(path) == made
    assert load_private_key(made.alipay_private_key).public_key() == load_public_key(made.alipay_public_key)
    assert load_private_key(made.app_private_key).public_key() == load_public_key(made.app_public_key)
    assert made.suppliers["north"] != made.suppliers["south"]
    providers = {"alipay", "epay", "epay_v2", "epusdt", "tokenpay", "wechat", "unionpay"}
    assert Sandbox(SandboxSetup(), made).parties.keys() == {*providers, "north", "south"}


def test_credentials_of_an_older_sandbox_are_read_and_it_has_no_gateways(tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    older = msgspec.structs.replace(SandboxCredentials.generate(["north"]), gateways=None, wechat=None, unionpay=None)
    older.write(path)
    assert Sandbox(SandboxSetup(suppliers={"north": ()}), SandboxCredentials.read(path)).parties.keys() == {"alipay", "epay", "north"}


def test_no_key_shows_in_a_repr() -> None:
    made = SandboxCredentials.generate(["north"])
    assert made.gateways is not None
    assert made.wechat is not None
    assert made.unionpay is not None
    shown = repr(made) + repr(made.access("north")) + repr(made.gateways) + repr(made.wechat) + repr(made.unionpay)
    for secret in (
        made.epay_key,
        made.suppliers["north"][1],
        made.gateways.epusdt_token,
        made.gateways.tokenpay_key,
        made.wechat.api_v3_key,
        "PRIVATE",
    ):
        assert secret not in shown
    settings = made.shop_settings()
    assert "alipay_private_key" not in str(settings)
    for key in (made.alipay_private_key, made.gateways.platform_private_key, made.wechat.wechat_private_key, made.unionpay.private_key):
        assert key not in str(settings)
