"""What came of a try: the shop has the notice, or it is tried again, later and later, for days."""

from __future__ import annotations

import msgspec

from chassis.activity import Confirmed, Outcome, Refused, Unknown
from chassis.service import on_outcome
from chassis.work import Work
from services.order.callbacks.handlers import pass_on
from services.order.callbacks.intents import ForwardNotice, ShopAnswered
from services.order.domain.forwarding import Forwarding, Verdict

_CODES = frozenset(each.value for each in Verdict)


@on_outcome(ForwardNotice)
def on_forwarded(outcome: Outcome, intent: ForwardNotice, work: Work) -> None:
    """Note the try and plan the next one where the shop has not accepted; a try that is not the one awaited changes nothing."""
    forwarding = work.get(Forwarding, intent.forwarding_id)
    if isinstance(outcome, Unknown) or forwarding.is_over or intent.number != forwarding.number:
        return
    if isinstance(outcome, Confirmed):
        answer = msgspec.json.decode(outcome.reply, type=ShopAnswered)
        if answer.answer_reference is not None:
            work.keep(answer.answer_reference)
        forwarding.note_try(
            Verdict(answer.verdict),
            status=answer.status,
            answer_reference=answer.answer_reference,
            milliseconds=answer.milliseconds,
            is_proven=True,
        )
    else:
        code = outcome.code if isinstance(outcome, Refused) and outcome.code in _CODES else Verdict.NOT_SENT
        forwarding.note_try(Verdict(code), status=None, answer_reference=None, milliseconds=None, is_proven=forwarding.is_proven)
    if forwarding.last_verdict is Verdict.ACCEPTED:
        return
    result = forwarding.result_by(work.now)
    if result is None:
        pass_on(forwarding, work, not_before=work.now + forwarding.next_pause)
    else:
        forwarding.end(result)
