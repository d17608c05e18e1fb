"""Keeping a notice for the shop, and passing it on again."""

from __future__ import annotations

from datetime import datetime

from chassis.errors import NotFound
from chassis.service import handles
from chassis.unit import Answer
from chassis.work import Work
from services.order.callbacks.commands import AcknowledgeForwarding, ForwardingShown, KeepNotice, NoticeKept, ReplayNotice
from services.order.callbacks.intents import ForwardNotice
from services.order.domain.forwarding import Forwarding, ForwardingState


@handles(KeepNotice)
def keep_notice(command: KeepNotice, work: Work) -> Answer:
    """Keep it and pass it on; what the shop has accepted already is left at that."""
    forwarding_id = Forwarding.create_id(command.shop_id, command.provider, command.identity)
    forwarding = work.find(Forwarding, forwarding_id)
    if forwarding is None:
        work.keep(command.raw_reference)
        forwarding = Forwarding(
            shop_id=command.shop_id,
            provider=command.provider,
            identity=command.identity,
            order_number=command.order_number,
            raw_reference=command.raw_reference,
            is_proven=command.is_proven,
            give_up_seconds=command.give_up_seconds,
        )
        pass_on(forwarding, work)
    elif forwarding.state is not ForwardingState.ACCEPTED:
        work.keep(command.raw_reference)
        is_new_try = forwarding.is_over or work.withdraw(key_of(forwarding))
        forwarding.renew(command.raw_reference, is_new_try=is_new_try)
        if is_new_try:
            pass_on(forwarding, work)
    return Answer(200, NoticeKept(forwarding_id=forwarding.id, state=forwarding.state.value, tried_count=forwarding.tried_count))


@handles(ReplayNotice)
def replay_notice(command: ReplayNotice, work: Work) -> Answer:
    """Pass it on once more, also what the shop has accepted; raises NotFound. What is being tried right now is left at that: 202."""
    forwarding = work.find(Forwarding, command.forwarding_id)
    if forwarding is None or forwarding.shop_id != command.shop_id:
        raise NotFound(kind=Forwarding.TOPIC)
    if forwarding.is_over or work.withdraw(key_of(forwarding)):
        forwarding.replay(command.replayed_by)
        pass_on(forwarding, work)
    return _shown(202, forwarding)


@handles(AcknowledgeForwarding)
def acknowledge_forwarding(command: AcknowledgeForwarding, work: Work) -> Answer:
    """Leave what was given up at that; raises NotFound."""
    forwarding = work.find(Forwarding, command.forwarding_id)
    if forwarding is None or forwarding.shop_id != command.shop_id:
        raise NotFound(kind=Forwarding.TOPIC)
    forwarding.acknowledge(command.acknowledged_by)
    return _shown(200, forwarding)


def _shown(status: int, forwarding: Forwarding) -> Answer:
    shown = ForwardingShown(forwarding_id=forwarding.id, state=forwarding.state.value, tried_count=forwarding.tried_count)
    return Answer(status, shown)


def pass_on(forwarding: Forwarding, work: Work, not_before: datetime | None = None) -> None:
    """The try that is due."""
    work.intend(
        ForwardNotice(
            key=key_of(forwarding),
            target=f"shop/{forwarding.shop_id}",
            shop_id=forwarding.shop_id,
            forwarding_id=forwarding.id,
            provider=forwarding.provider,
            order_number=forwarding.order_number,
            raw_reference=forwarding.raw_reference,
            number=forwarding.number,
            is_proven=forwarding.is_proven,
        ),
        not_before=not_before,
    )


def key_of(forwarding: Forwarding) -> str:
    return f"forward-notice/{forwarding.id}/{forwarding.number}"
