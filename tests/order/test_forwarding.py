"""In front of a shop: what is passed on, what the provider hears, and that no genuine notice is lost, however the shop behaves."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from chassis.activity import Unknown
from chassis.store.rows import IntentStatus
from chassis.tokens import Principal
from protocols.http import AnswerLost, HttpReply, NotSent
from services.order.callbacks.settings import CallbackMode, CallbackSettings
from services.order.callbacks.views import GivenUpNotices
from services.order.domain.forwarding import ForwardingState, Verdict
from services.order.domain.order_state import OrderState
from tests.order.builders import NUMBER, SHOP, the_order
from tests.order.conftest import OTHER_KEY, PID
from tests.order.street import SHOP_URL, TAKEN, Street
from tests.order.test_http_notices import alipay_form, epay_query

ALIPAY, EPAY = f"/notices/alipay/{SHOP}", f"/notices/epay/{SHOP}"
FORM = {"content-type": "application/x-www-form-urlencoded"}
IN_FRONT = CallbackSettings(mode=CallbackMode.IN_FRONT, shop_url=SHOP_URL, answer_seconds=1.0)
HASTY = CallbackSettings(mode=CallbackMode.IN_FRONT, shop_url=SHOP_URL, answer_seconds=0.01)


def epay_standing(status: int) -> HttpReply:
    """What the gateway says of the order when it is asked."""
    said = {"code": 1, "pid": PID, "trade_no": "E1", "out_trade_no": NUMBER, "type": "wxpay", "name": "Steam", "money": "25.00"}
    return HttpReply(200, body=json.dumps({**said, "status": status}).encode())


@pytest.fixture
def street() -> Street:
    return Street(IN_FRONT)


def a_notice(**changed: str) -> dict[str, Any]:
    return {"body": urlencode(alipay_form(**changed)).encode(), "headers": {**FORM, "x-forwarded-for": "203.0.113.9"}}


async def test_the_shop_gets_the_notice_as_it_was_and_the_provider_gets_the_shops_answer(street: Street) -> None:
    notice = a_notice()
    answer = await street.send_while_working("POST", ALIPAY, **notice)
    assert (answer.status_code, answer.content) == (200, b"success")
    [heard] = street.shop.heard
    assert (heard.method, heard.target, heard.body) == ("POST", "/pay/notify?from=pay", notice["body"])
    assert dict(heard.headers) == {**FORM, "Redress-Notice-Id": str(street.forwarding.id)}
    assert street.state() is ForwardingState.ACCEPTED
    assert the_order(street.bench).state is OrderState.PAID


async def test_a_query_goes_on_byte_for_byte(street: Street) -> None:
    street.pays = lambda: epay_standing(1)
    street.shop.says = [HttpReply(200, body=b"SUCCESS")]
    query = urlencode(epay_query()).replace("_", "%5F")
    answer = await street.send_while_working("GET", f"{EPAY}?{query}")
    assert answer.content == b"SUCCESS"
    assert [heard.target for heard in street.shop.heard] == [f"/pay/notify?from=pay&{query}"]


@pytest.mark.parametrize("said", [HttpReply(500, body=b"database away"), HttpReply(404)])
async def test_an_error_of_the_shop_goes_back_to_the_provider_and_the_notice_is_tried_again(street: Street, said: HttpReply) -> None:
    street.shop.says = [said, TAKEN]
    answer = await street.send_while_working("POST", ALIPAY, **a_notice())
    assert (answer.status_code, answer.content) == (said.status, said.body)
    await street.pass_time(hours=0.1)
    assert (street.state(), street.forwarding.tried_count) == (ForwardingState.ACCEPTED, 2)


@pytest.mark.parametrize(
    "said", [HttpReply(200, body=b"<html>please log in</html>"), HttpReply(302), HttpReply(200), NotSent(), AnswerLost()]
)
async def test_what_says_nothing_is_answered_with_the_success_word_and_tried_again(street: Street, said: Any) -> None:
    street.shop.says = [said, TAKEN]
    answer = await street.send_while_working("POST", ALIPAY, **a_notice())
    assert (answer.status_code, answer.content) == (200, b"success")
    assert street.state() is ForwardingState.UNDER_WAY
    await street.pass_time(hours=0.1)
    assert street.state() is ForwardingState.ACCEPTED


async def test_the_providers_failure_word_is_an_error(street: Street) -> None:
    street.shop.says = [HttpReply(200, body=b"fail\n"), TAKEN]
    answer = await street.send_while_working("POST", ALIPAY, **a_notice())
    assert answer.content == b"fail\n"


async def test_a_shop_that_answers_too_late_for_the_provider_still_has_the_notice() -> None:
    street = Street(HASTY)
    answer = await street.send("POST", ALIPAY, **a_notice())
    assert (answer.status_code, answer.content) == (200, b"success")
    assert street.shop.heard == []
    await street.perform()
    assert street.state() is ForwardingState.ACCEPTED
    assert len(street.shop.heard) == 1


async def test_a_shop_that_is_down_for_a_day_gets_the_notice_when_it_is_back() -> None:
    street = Street(HASTY)
    street.shop.says = [NotSent()]
    assert (await street.send("POST", ALIPAY, **a_notice())).content == b"success"
    await street.pass_time(hours=26)
    assert street.state() is ForwardingState.UNDER_WAY
    assert street.forwarding.tried_count < 60
    street.shop.says = [TAKEN]
    await street.pass_time(hours=1.1)
    assert street.state() is ForwardingState.ACCEPTED
    assert street.due() == []


async def test_after_three_days_it_is_given_up_and_a_person_may_replay_it() -> None:
    street = Street(HASTY)
    street.shop.says = [NotSent()]
    await street.send("POST", ALIPAY, **a_notice())
    await street.pass_time(hours=80)
    assert street.state() is ForwardingState.GIVEN_UP
    assert street.bench.intents(IntentStatus.PENDING) == []
    street.shop.says = [TAKEN]
    street.desk.refresh_views()
    staff = street.desk.admit("staff", Principal("mei", "staff", frozenset({"orders:read", "orders:write"})))
    [shown] = (await street.send("GET", "/forwardings?shop_id=shop&is_open=true", headers=staff)).json()["forwardings"]
    assert (shown["state"], shown["tries"][-1]["verdict"], shown["order_number"]) == ("given_up", "not_sent", NUMBER)
    replayed = await street.send("POST", f"/forwardings/{shown['forwarding_id']}/replay", headers=staff)
    assert replayed.status_code == 202
    await street.perform()
    assert street.state() is ForwardingState.ACCEPTED
    street.desk.refresh_views()
    assert (await street.send("GET", "/forwardings?shop_id=shop&is_open=true", headers=staff)).json()["forwardings"] == []
    assert (await street.send("GET", f"/forwardings/{shown['forwarding_id']}", headers=staff)).json()["state"] == "accepted"


async def test_what_was_given_up_is_said_and_is_listed_until_somebody_leaves_it_at_that() -> None:
    street = Street(HASTY)
    street.shop.says = [NotSent()]
    await street.send("POST", ALIPAY, **a_notice())
    await street.pass_time(hours=80)
    (said,) = [facts for name, facts in street.bench.said if name == "NoticeGivenUp"]
    assert (said["order_number"], said["provider"], said["verdict"]) == (NUMBER, "alipay", "not_sent")
    assert said["try_count"] == street.forwarding.tried_count
    street.desk.refresh_views()
    staff = street.desk.admit("staff", Principal("mei", "staff", frozenset({"orders:read", "orders:write"})))
    given_up = f"/forwardings?shop_id={SHOP}&is_given_up=true"
    [shown] = (await street.send("GET", given_up, headers=staff)).json()["forwardings"]
    path = f"/forwardings/{shown['forwarding_id']}/acknowledgement"
    stranger = street.desk.admit("other", Principal("other", "shop", frozenset({"orders:read", "orders:write"})))
    assert (await street.send("POST", path, headers=stranger)).status_code == 404
    assert (await street.send("POST", path, headers=staff)).json()["state"] == "given_up"
    street.desk.refresh_views()
    assert (await street.send("GET", given_up, headers=staff)).json()["forwardings"] == []


async def test_what_the_provider_repeats_after_it_was_given_up_goes_on_anew() -> None:
    street = Street(HASTY)
    street.shop.says = [NotSent()]
    await street.send("POST", ALIPAY, **a_notice())
    await street.pass_time(hours=80)
    street.shop.says = [TAKEN]
    await street.send("POST", ALIPAY, **a_notice())
    await street.perform()
    assert street.state() is ForwardingState.ACCEPTED
    street.desk.refresh_views()
    assert street.desk.store.view_rows(GivenUpNotices.NAME) == []


async def test_a_forged_notice_is_recorded_and_refused_and_never_passed_on(street: Street) -> None:
    answer = await street.send("POST", ALIPAY, body=urlencode(alipay_form(OTHER_KEY)).encode(), headers=FORM)
    assert answer.headers["redress-reason"] == "forged_notice"
    assert street.forwardings() == []
    assert street.due() == []
    assert street.bench.said_names() == ["OrderPlaced", "PaymentRejected"]


async def test_a_signed_notice_that_the_gateway_denies_is_never_passed_on(street: Street) -> None:
    street.pays = lambda: epay_standing(0)
    await street.send_while_working("GET", f"{EPAY}?{urlencode(epay_query())}")
    await street.pass_time(hours=1)
    assert street.shop.heard == []
    assert street.state() is ForwardingState.DENIED
    assert street.forwarding.last_verdict is Verdict.DENIED


async def test_a_notice_that_the_shop_has_accepted_is_not_passed_on_again(street: Street) -> None:
    for _ in range(3):
        assert (await street.send_while_working("POST", ALIPAY, **a_notice())).content == b"success"
    assert len(street.shop.heard) == 1


async def test_a_repeat_that_is_signed_anew_takes_the_place_of_what_was_kept() -> None:
    street = Street(HASTY)
    street.shop.says = [NotSent(), TAKEN]
    first, second = a_notice(notify_id="n-1"), a_notice(notify_id="n-2")
    await street.send("POST", ALIPAY, **first)
    await street.perform()
    await street.send("POST", ALIPAY, **second)
    await street.perform()
    assert [heard.body for heard in street.shop.heard] == [first["body"], second["body"]]
    assert street.state() is ForwardingState.ACCEPTED
    await street.pass_time(hours=80)
    assert len(street.shop.heard) == 2


async def test_a_repeat_while_a_try_is_under_way_waits_for_what_that_comes_to() -> None:
    street = Street(HASTY)
    await street.send("POST", ALIPAY, **a_notice())
    [row] = [row for row in street.due() if row.kind == "forward_notice"]
    street.bench.start(row.key)
    await street.send("POST", ALIPAY, **a_notice(notify_id="n-2"))
    assert [row.kind for row in street.due()] == []
    assert street.forwarding.number == 1


async def test_a_crash_between_keeping_and_passing_on_loses_nothing() -> None:
    street = Street(HASTY)
    await street.send("POST", ALIPAY, **a_notice())
    [row] = street.due()
    attempt = street.bench.start(row.key)  # and its process dies before, or after, the call
    street.bench.advance(seconds=30)
    street.bench.outcome(row.key, Unknown("no outcome by the deadline"), attempt=attempt)
    street.bench.advance(seconds=30)
    await street.perform()
    assert street.state() is ForwardingState.ACCEPTED


async def test_notices_in_the_wrong_order_all_reach_the_shop(street: Street) -> None:
    for status in ("TRADE_SUCCESS", "WAIT_BUYER_PAY", "TRADE_FINISHED"):
        assert (await street.send_while_working("POST", ALIPAY, **a_notice(trade_status=status))).content == b"success"
    assert len(street.shop.heard) == 3
    assert {each.state for each in street.forwardings()} == {ForwardingState.ACCEPTED}
    assert the_order(street.bench).state is OrderState.PAID


async def test_a_notice_of_an_order_that_only_the_shop_knows_reaches_it(street: Street) -> None:
    assert (await street.send_while_working("POST", ALIPAY, **a_notice(out_trade_no="S9"))).content == b"success"
    assert len(street.shop.heard) == 1


async def test_nothing_of_the_notice_is_in_an_event_an_intent_or_the_log(street: Street) -> None:
    await street.send_while_working("POST", ALIPAY, **a_notice(buyer_logon_id="mei***@example.org"))
    street.desk.refresh_views()
    kept = [row.state for row in street.desk.store.events_after(0, 1_000)] + [row.payload for row in street.bench.intents()]
    kept += [document for _, document in street.desk.store.view_rows("forwardings", "", 10)]
    assert not any(b"mei" in each for each in kept)


@pytest.mark.parametrize("is_allowed", [False, True])
async def test_an_address_that_is_not_public_is_passed_on_to_only_where_the_settings_allow_it(is_allowed: bool) -> None:
    private = CallbackSettings(mode=CallbackMode.IN_FRONT, shop_url="http://127.0.0.1:9/notify", answer_seconds=0.01)
    street = Street(private)
    street.settings = type(street.settings)(shops=street.settings.shops, is_private_target_allowed=is_allowed)
    street.base_url = "http://127.0.0.1:9"
    await street.send("POST", ALIPAY, **a_notice())
    await street.perform()
    assert street.forwarding.last_verdict is (Verdict.ACCEPTED if is_allowed else Verdict.PRIVATE_TARGET)
    assert len(street.shop.heard) == is_allowed


async def test_a_shop_sees_and_replays_its_own_only(street: Street) -> None:
    await street.send_while_working("POST", ALIPAY, **a_notice())
    street.desk.refresh_views()
    own = street.desk.admit("own", Principal(SHOP, "shop", frozenset({"orders:read", "orders:write"})))
    other = street.desk.admit("other", Principal("other", "shop", frozenset({"orders:read", "orders:write"})))
    path = f"/forwardings/{street.forwarding.id}"
    assert len((await street.send("GET", "/forwardings", headers=own)).json()["forwardings"]) == 1
    assert (await street.send("GET", "/forwardings", headers=other)).json()["forwardings"] == []
    assert (await street.send("GET", path, headers=other)).status_code == 404
    assert (await street.send("POST", f"{path}/replay", headers=other)).status_code == 404
    assert (await street.send("POST", f"{path}/replay", headers=own)).status_code == 202
    await street.perform()
    assert len(street.shop.heard) == 2


def test_a_shop_in_front_of_which_we_stand_must_say_where_it_is() -> None:
    with pytest.raises(ValueError, match="shop_url"):
        CallbackSettings(mode=CallbackMode.IN_FRONT)
    for unfit in ("ftp://cards.example/", "cards.example", "https://u:p@cards.example/", "https://cards.example/#a"):
        with pytest.raises(ValueError, match="plain http"):
            CallbackSettings(shop_url=unfit)
