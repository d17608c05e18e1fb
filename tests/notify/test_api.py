"""The routes of webhooks: who may, where webhooks may go, and how the receiver knows us by the judgement of another library."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from chassis.tokens import Principal
from services.notify.service import notify
from services.notify.settings import NotifySettings
from services.notify.webhooks.targets import UnfitTarget, check_addresses, host_of, is_public
from tests.desk import MemoryDesk
from tests.notify.world import SCOPES, SHOP, URL, World, placed
from tests.routes import route_asked, routes_of

SOME = UUID(int=7)
ROUTES = [
    ("POST", "/webhooks", "webhooks:write"),
    ("GET", "/webhooks", "webhooks:read"),
    ("GET", f"/webhooks/{SOME}", "webhooks:read"),
    ("PATCH", f"/webhooks/{SOME}", "webhooks:write"),
    ("DELETE", f"/webhooks/{SOME}", "webhooks:write"),
    ("POST", f"/webhooks/{SOME}/secret", "webhooks:write"),
    ("POST", f"/webhooks/{SOME}/test", "webhooks:write"),
    ("POST", f"/webhooks/{SOME}/acknowledgement", "webhooks:write"),
    ("GET", f"/webhooks/{SOME}/deliveries", "webhooks:read"),
    ("POST", f"/webhooks/{SOME}/deliveries/{SOME}_x/replay", "webhooks:write"),
    ("POST", f"/webhooks/{SOME}/replay", "webhooks:write"),
]


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
async def test_a_route_is_closed_to_strangers_and_to_those_without_its_scope(method: str, path: str, scope: str) -> None:
    world = World()
    assert (await world.call(method, path, {}, {})).status_code == 401
    other = world.desk.admit("wrong", Principal(SHOP, "shop", SCOPES - {scope}))
    assert (await world.call(method, path, {}, other)).status_code == 403
    assert (await world.call(method, path, {})).status_code in (200, 404, 422)


def test_every_route_stands_in_the_list() -> None:
    routes = routes_of(notify, MemoryDesk(notify, NotifySettings()))
    assert {route_asked(routes, method, path) for method, path, _ in ROUTES} == set(routes)


async def test_another_library_verifies_our_signatures_and_refuses_any_change() -> None:
    world = World()
    secret = (await world.register())["secret"]
    world.bench.now = datetime.now(UTC)  # the library looks at the clock
    world.bench.tell(placed())
    await world.work()
    (_, request) = world.receiver.arrived[0]
    headers = dict(request.headers)
    body: Any = Webhook(secret).verify(request.body, headers)
    assert (body["type"], body["data"]["order_number"]) == ("order.placed", "K1")
    for name, value in (("webhook-id", "another"), ("webhook-timestamp", str(int(headers["webhook-timestamp"]) + 1))):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(request.body, {**headers, name: value})
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(request.body + b" ", headers)


async def test_for_a_day_after_a_change_of_the_secret_both_are_good_then_only_the_new_one() -> None:
    world = World()
    made = await world.register()
    path = f"/webhooks/{made['webhook']['webhook_id']}"
    new = (await world.call("POST", f"{path}/secret")).json()["secret"]
    assert new != made["secret"]
    world.bench.now = datetime.now(UTC)  # the library looks at the clock
    await world.call("POST", f"{path}/secret")  # a second change: the first secret is out at once
    newest = (await world.call("POST", f"{path}/secret")).json()["secret"]
    await world.call("POST", f"{path}/test")
    await world.work()
    (_, request) = world.receiver.arrived[0]
    assert len((request.header("webhook-signature") or "").split(" ")) == 2
    Webhook(newest).verify(request.body, dict(request.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(made["secret"]).verify(request.body, dict(request.headers))
    world.bench.advance(hours=25)
    await world.call("POST", f"{path}/test")
    await world.work()
    (_, later) = world.receiver.arrived[1]
    assert len((later.header("webhook-signature") or "").split(" ")) == 1


async def test_the_secret_is_shown_when_it_is_made_and_stands_in_no_event_answer_or_list() -> None:
    world = World()
    made = await world.register()
    world.desk.refresh_views()
    path = f"/webhooks/{made['webhook']['webhook_id']}"
    for asked in ("/webhooks", path, f"{path}/deliveries"):
        assert "whsec_" not in (await world.call("GET", asked)).text
    rows = world.desk.store.events_after(0, 1_000)
    assert made["secret"].encode() not in b"".join(row.state for row in rows)


async def test_the_same_registration_under_one_key_is_one_webhook_with_one_secret() -> None:
    world = World()
    answers = []
    async with world.desk.client() as client:
        for url in (URL, URL, "http://127.0.0.1:9/another"):
            headers = {**world.headers, "idempotency-key": "k1"}
            answers.append(await client.post("/webhooks", json={"url": url}, headers=headers))
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["secret"].startswith("whsec_")
    assert answers[2].status_code == 422


async def test_a_webhook_is_changed_disabled_and_removed() -> None:
    world = World()
    path = f"/webhooks/{(await world.register())['webhook']['webhook_id']}"
    assert (await world.call("PATCH", path, {"types": ["order.paid"]})).json()["types"] == ["order.paid"]
    assert (await world.call("PATCH", path, {"types": ["order.nonsense"]})).status_code == 422
    assert (await world.call("PATCH", path, {"is_enabled": False})).json()["state"] == "disabled"
    assert (await world.call("POST", f"{path}/test")).status_code == 409
    assert (await world.call("DELETE", path)).status_code == 200
    assert (await world.call("GET", path)).status_code == 404
    assert (await world.call("PATCH", path, {"is_enabled": True})).status_code == 404
    world.desk.refresh_views()
    assert (await world.call("GET", "/webhooks")).json() == {"webhooks": []}


PRIVATE = [
    "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
    "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "64:ff9b::a00:1", "2002:a00:1::", "2001:db8::1", "::127.0.0.1", "nonsense", "fd00:ec2::254",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_of_ones_own_network_is_not_public(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(UnfitTarget):
        check_addresses(["93.184.216.34", address])


@pytest.mark.parametrize("address", ["93.184.216.34", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::101:101"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)
    check_addresses([address])


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/hook", "ftp://shop.example/", "https://user@shop.example/", "https://shop.example/#part", "https:///path",
        "https://shop.example:0/", "https://shop.example:99999/", "https://shop.exa mple/", "https://sh\u00f6p.example/",
        "https://a/" + "x" * 1_000, "https://shop.example/\n", "nonsense", "",
    ],
)  # fmt: skip
def test_an_address_that_webhooks_are_not_posted_to_is_refused_by_its_text(url: str) -> None:
    with pytest.raises(UnfitTarget):
        host_of(url, are_private_targets_allowed=False)


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "https://[::1]/", "https://localhost/", "https://0x7f000001/", "https://2130706433/"]
)
async def test_a_private_target_is_refused_at_registration(url: str) -> None:
    strict = MemoryDesk(notify, NotifySettings())
    headers = strict.admit("shop", Principal(SHOP, "shop", SCOPES))
    async with strict.client() as client:
        answer = await client.post("/webhooks", json={"url": url}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "webhook-url-unfit")
    assert strict.store.last_log_id() == 0
