"""In front of the shop: what a provider says is kept first, passed on to the shop, and answered as the shop answers it.

The provider hears what the shop said, as long as that is the success word or an error, and comes soon enough. From then on, or where the
shop says nothing of sense, it hears the success word: the notice is safe with us, and we go on until the shop has it.
"""

from __future__ import annotations

import asyncio

import msgspec

from chassis.attempts import sealed_of
from chassis.desk import Desk
from chassis.vault import Sealed, Vault
from services.order.callbacks.commands import KeepNotice, NoticeKept
from services.order.callbacks.raw import kept_bytes
from services.order.callbacks.settings import CallbackSettings
from services.order.channels.port import PLAIN_TEXT, NoticeAnswer, RawNotice
from services.order.domain.forwarding import Forwarding, ForwardingState, Verdict
from services.order.notices.commands import TakeNotice

NOTICE_KIND = "notice"
_FIRST_LOOK_SECONDS, _LONGEST_LOOK_SECONDS = 0.02, 0.25


async def keep_for_shop(desk: Desk, callback: CallbackSettings, notice: TakeNotice, raw: RawNotice) -> NoticeKept:
    """Keep a genuine notice, and have it passed on; it is safe when this returns. Raises Fault."""
    command, sealed = keeping_of(desk.vault, callback, notice, raw)
    answered = await desk.do(
        command,
        principal=f"provider/{notice.provider}",
        route=f"/notices/{notice.provider}/{notice.shop_id}",
        key=kept_key(command),
        request_body=notice.identity.encode(),
        sealed=(sealed,),
    )
    return msgspec.json.decode(answered.body, type=NoticeKept)


def keeping_of(vault: Vault, callback: CallbackSettings, notice: TakeNotice, raw: RawNotice) -> tuple[KeepNotice, Sealed]:
    """The command that keeps a genuine notice, and the notice itself, sealed."""
    forwarding_id = Forwarding.create_id(notice.shop_id, notice.provider, notice.identity)
    sealed = vault.seal(NOTICE_KIND, notice.shop_id, str(forwarding_id), kept_bytes(raw))
    command = KeepNotice(
        shop_id=notice.shop_id,
        provider=notice.provider,
        identity=notice.identity,
        order_number=notice.order_number,
        raw_reference=sealed.reference,
        is_proven=not notice.needs_confirmation,
        give_up_seconds=callback.give_up_seconds,
    )
    return command, sealed


def kept_key(command: KeepNotice) -> str:
    """The command's own: what is sealed goes into the vault once, also where a commit's answer is lost and its group runs again."""
    return f"kept/{command.raw_reference}"


async def answer_of_shop(desk: Desk, callback: CallbackSettings, kept: NoticeKept) -> NoticeAnswer | None:
    """The error that the shop answers within the time the provider waits; None where the provider is to hear the success word."""
    if kept.state == ForwardingState.ACCEPTED:
        return None
    forwarding = await _next_try(desk, callback, kept)
    if forwarding is None or forwarding.last_verdict is not Verdict.REFUSED or forwarding.last_status is None:
        return None
    body = b""
    if forwarding.last_answer_reference is not None:
        (row,) = await desk.ask(desk.store.vault, [forwarding.last_answer_reference])
        body = desk.vault.open(sealed_of(row))
    return NoticeAnswer(forwarding.last_status, body, PLAIN_TEXT)


async def _next_try(desk: Desk, callback: CallbackSettings, kept: NoticeKept) -> Forwarding | None:
    """The forwarding once one more try is over; None where that takes longer than the provider waits."""
    pause = _FIRST_LOOK_SECONDS
    try:
        async with asyncio.timeout(callback.answer_seconds):
            while True:
                found = await desk.get(Forwarding, kept.forwarding_id)
                if found is not None and found.tried_count > kept.tried_count:
                    return found
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, _LONGEST_LOOK_SECONDS)
    except TimeoutError:
        return None
