"""What becomes of a question about a card. Total: an answer that nobody waits for changes nothing."""

from __future__ import annotations

import msgspec

from chassis.activity import Confirmed, Outcome, Refused
from chassis.service import on_outcome
from chassis.work import Work
from services.inventory.quality.checking import put_question, settle
from services.inventory.quality.domain.card_check import NO_ANSWER, TEMPORARY_FAULT, CardCheck
from services.inventory.quality.intents import AskCardStatus, CardStatusTold
from services.inventory.quality.sampling import tell_inspection
from services.inventory.stock.domain.card import Card


@on_outcome(AskCardStatus)
def on_card_status(outcome: Outcome, intent: AskCardStatus, work: Work) -> None:
    """Take the answer; a temporary fault, or none, is asked about again as often as the limits say."""
    check = work.get(CardCheck, intent.check_id)
    match outcome:
        case Confirmed(reply):
            result = msgspec.json.decode(reply, type=CardStatusTold).status
        case Refused(code, is_temporary):
            result = NO_ANSWER if is_temporary else code
        case _:
            return  # nothing is known yet, and it is asked on
    if not check.awaits(intent.question):
        return
    card = work.get(Card, check.card_id)
    if result in (TEMPORARY_FAULT, NO_ANSWER) and card.reference is not None and check.ask_again(result):
        put_question(check, card, work, check.limits.fault_pause if result == TEMPORARY_FAULT else check.limits.silence_pause)
        return
    waiting = check.for_inspection
    settle(check, card, result, work)
    if waiting is not None:
        tell_inspection(waiting, card.id, result, work)
