"""Planted defects: the core with one rule of docs/architecture.md left out. Each must be caught, or the simulation is blind.

A defect is a variant of one piece of the core, put in its place while a world runs and taken out afterwards. None is in the core.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from chassis import attempts, follower, kinds, outcomes
from chassis.activity import Refused, Settled, Unknown, settle
from chassis.committer import Committer
from chassis.follower import Follower
from chassis.group import Group
from chassis.intake import Verdict, judge
from chassis.store.exchange import Batch, MarkNeeds, Marks
from chassis.store.memory import MemoryStore, MemoryTransaction
from chassis.store.memory_tables import Tables
from chassis.store.rows import IntentRow
from chassis.unit import Handled, OutcomeUnit, Result
from redress.simulation import defects_of_accounts as accounts
from redress.simulation import defects_of_channels as channels
from redress.simulation import defects_of_ending as ending
from redress.simulation import defects_of_handling as handling
from redress.simulation import defects_of_limits as limits
from redress.simulation import defects_of_modes as modes
from redress.simulation import defects_of_quality as quality
from redress.simulation import defects_of_restoring as restoring
from redress.simulation import defects_of_shops as shops
from redress.simulation import defects_of_supply as supply
from redress.simulation import defects_of_webhooks as webhooks
from redress.simulation import defects_of_writing as writing
from redress.simulation.consumer import Consumer

Defect = Callable[[], AbstractContextManager[Any]]


@contextmanager
def position_before_effect() -> Iterator[None]:
    """The position is committed in a transaction of its own, before what the record leads to."""
    write = MemoryTransaction.write_and_commit

    def write_position_first(self: MemoryTransaction, batch: Batch) -> None:
        with self._step("write") as tables:
            tables.positions.update(batch.positions)
        write(self, batch)

    with patch.object(MemoryTransaction, "write_and_commit", write_position_first):
        yield


@contextmanager
def inbox_forgotten() -> Iterator[None]:
    """Answers are not stored with their request's key."""
    apply = Tables.apply

    def apply_without_inbox(self: Tables, batch: Batch) -> None:
        batch.inbox.clear()
        apply(self, batch)

    with patch.object(Tables, "apply", apply_without_inbox):
        yield


@contextmanager
def retried_without_asking() -> Iterator[None]:
    """An attempt without a clear answer counts as failed, so it is tried again, or elsewhere, at once."""

    def settle_hastily(row: IntentRow, attempt: int, outcome: Any, *rest: Any) -> Settled:
        return settle(row, attempt, Refused("temporary", is_temporary=True) if isinstance(outcome, Unknown) else outcome, *rest)

    with patch.object(outcomes, "settle", settle_hastily):
        yield


@contextmanager
def gap_skipped() -> Iterator[None]:
    """A record with a higher number than the next is taken as the next."""

    def judge_loosely(*numbers: Any) -> Verdict:
        verdict = judge(*numbers)
        return Verdict.NEXT if verdict is Verdict.GAP else verdict

    with ExitStack() as patches:
        patches.enter_context(patch.object(kinds, "judge", judge_loosely))
        patches.enter_context(patch.object(follower, "judge", judge_loosely))
        yield


def heads_not_polled() -> AbstractContextManager[Any]:
    """Nobody looks at the heads of a source, so a lost last record is never missed."""
    return patch.object(Consumer, "_poll_heads", lambda self: None)


@contextmanager
def timer_fired_twice() -> Iterator[None]:
    """A timer unit is run without looking whether its row is still there."""
    check = Tables.check

    def check_leniently(self: Tables, batch: Batch) -> None:
        batch.timers_done.intersection_update(self.timers)
        check(self, batch)

    with ExitStack() as patches:
        patches.enter_context(patch.object(Group, "has_timer", lambda self, key: True))
        patches.enter_context(patch.object(Tables, "check", check_leniently))
        yield


@contextmanager
def generation_not_checked() -> Iterator[None]:
    """A writer that was superseded goes on writing."""
    begin = MemoryStore.__init__

    def begin_unchecked(self: MemoryStore, *arguments: Any, **named: Any) -> None:
        begin(self, *arguments, **named)
        self.is_generation_checked = False

    with patch.object(MemoryStore, "__init__", begin_unchecked):
        yield


@contextmanager
def cache_kept_after_failed_commit() -> Iterator[None]:
    """What a group decided stays in memory although it was not committed."""

    def attempt_and_keep(self: Any, units: Any, now: Any, done: Any) -> None:
        drop, self._drop_all = self._drop_all, lambda: None
        try:
            attempt(self, units, now, done)
        finally:
            self._drop_all = drop

    attempt = Committer._attempt
    with patch.object(Committer, "_attempt", attempt_and_keep):
        yield


@contextmanager
def deadline_ignored() -> Iterator[None]:
    """An attempt is sent although its deadline has passed while its worker stood still."""

    async def perform_late(activity: Any, row: IntentRow, now: Any, on_bug: Any) -> OutcomeUnit:
        return await perform(activity, row._replace(deadline=now() + timedelta(days=1)), now, on_bug)

    perform = attempts.perform
    with patch.object(attempts, "perform", perform_late):
        yield


@contextmanager
def queued_position_forgotten() -> Iterator[None]:
    """What the committer did not take is not read again from the feed."""
    settled = Follower.settle

    def settle_blindly(self: Follower, unit: Any, result: Result) -> None:
        settled(self, unit, Handled())

    with patch.object(Follower, "settle", settle_blindly):
        yield


@contextmanager
def marks_not_read() -> Iterator[None]:
    """A group does not look whether a request was answered before."""
    read = Tables.marks

    def read_no_inbox(self: Tables, needs: MarkNeeds) -> Marks:
        needs.inbox.clear()
        return read(self, needs)

    with patch.object(Tables, "marks", read_no_inbox):
        yield


DEFECTS: dict[str, Defect] = {
    "position before effect": position_before_effect,
    "inbox forgotten": inbox_forgotten,
    "marks not read": marks_not_read,
    "retried without asking": retried_without_asking,
    "gap skipped": gap_skipped,
    "heads not polled": heads_not_polled,
    "timer fired twice": timer_fired_twice,
    "generation not checked": generation_not_checked,
    "cache kept after a failed commit": cache_kept_after_failed_commit,
    "deadline ignored": deadline_ignored,
    "stock of all shops": shops.stock_of_all_shops,
    "queued position forgotten": queued_position_forgotten,
    "early message ignored": handling.early_message_ignored,
    "early message kept": handling.early_message_kept,
    "followers overtake": handling.followers_overtake,
    "cancelled timer fires": handling.cancelled_timer_fires,
    "attempt number not checked": handling.attempt_number_not_checked,
    "absent believed early": handling.absent_believed_early,
    "attempts not counted on": handling.attempts_not_counted_on,
    "refusal not stored": handling.refusal_not_stored,
    "failed unit not given up": handling.failed_unit_not_given_up,
    "poison without position": handling.poison_without_position,
    "lock and read in one statement": writing.lock_and_read_in_one_statement,
    "numbers kept after a failed commit": writing.numbers_kept_after_failed_commit,
    "failed commit believed": writing.failed_commit_believed,
    "relayed before acknowledged": writing.relayed_before_acknowledged,
    "backlog taken for a gap": writing.backlog_taken_for_a_gap,
    "feed not read": writing.feed_not_read,
    "deadline judged by the wall clock": limits.deadline_by_the_wall_clock,
    "retries read anew": limits.retries_read_anew,
    "checks read anew": limits.checks_read_anew,
    "deadline asks nobody": ending.deadline_asks_nobody,
    "end forgotten behind claim": ending.end_forgotten_behind_claim,
    "deadline set anew": limits.deadline_set_anew,
    "heads judged when they come": limits.heads_judged_when_they_come,
    "late card thrown away": limits.late_card_thrown_away,
    "second order elsewhere": limits.second_order_elsewhere,
    "epochs ignored": restoring.epochs_ignored,
    "lost records given up": restoring.lost_records_given_up,
    "performed unasked": restoring.performed_unasked,
    "released where it stood": restoring.released_where_it_stood,
    "failed creations forgotten": channels.failed_creations_forgotten,
    "hidden channel used": channels.hidden_channel_used,
    "hidden channel offered": channels.hidden_channel_offered,
    "pause without end": channels.pause_without_end,
    "silence accepts nothing": accounts.silence_accepts_nothing,
    "floor stops nobody": accounts.floor_stops_nobody,
    "claims deducted too high": accounts.claims_deducted_too_high,
    "frozen lines stay in their settlement": accounts.frozen_lines_stay_in_their_settlement,
    "sales of consignors forgotten": accounts.sales_of_consignors_forgotten,
    "stopped batches sold": quality.stopped_batches_sold,
    "oldest policy frozen": quality.oldest_policy_frozen,
    "suspension overlooked": supply.suspension_overlooked,
    "empty supplier ordered from": supply.empty_supplier_ordered_from,
    "button tries anything again": supply.button_tries_anything_again,
    "next before the first was taken": webhooks.next_before_first_was_taken,
    "forgotten after a timeout": webhooks.forgotten_after_a_timeout,
    "new id with each try": webhooks.new_id_with_each_try,
    "endpoints of all shops": webhooks.endpoints_of_all_shops,
    "private addresses called": webhooks.private_addresses_called,
    "given up early": webhooks.given_up_early,
    "posted though disabled": webhooks.posted_though_disabled,
    "shop asked once": modes.shop_asked_once,
    "its time not given": modes.its_time_not_given,
    "delivering between modes": modes.delivering_between_modes,
    "cards stocked while at the shop": modes.cards_stocked_while_at_the_shop,
    "taken over without the freeze": modes.taken_over_without_the_freeze,
    "rows left in the shop": modes.rows_left_in_the_shop,
}
"""By name, as tests and reports call them."""
