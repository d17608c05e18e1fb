"""The checker: judges a world that has ended by its stores, logs and the parties' books; knows nothing of the code under test.

Laws are functions from the evidence to violations, each a sentence. Rebuilding is the one place that runs declared code: folds of
indexes and views are run again over the log, and must give what stands in the tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from chassis.folding import IndexesAnew, fold_page
from chassis.service import Service
from chassis.store.memory import MemoryStore
from redress.simulation import laws_of_accounts as accounts
from redress.simulation import laws_of_asking as asking
from redress.simulation import laws_of_channels as channels
from redress.simulation import laws_of_ending as ending
from redress.simulation import laws_of_forwarding as forwarding
from redress.simulation import laws_of_hearing as hearing
from redress.simulation import laws_of_kinds as kinds
from redress.simulation import laws_of_limits as limits
from redress.simulation import laws_of_modes as modes
from redress.simulation import laws_of_quality as quality
from redress.simulation import laws_of_record as record
from redress.simulation import laws_of_restoring as restoring
from redress.simulation import laws_of_shops as shops
from redress.simulation import laws_of_standing as standing
from redress.simulation import laws_of_supply as supply
from redress.simulation import laws_of_trade as trade
from redress.simulation import laws_of_webhooks as webhooks
from redress.simulation.evidence import Evidence

Law = Callable[[Evidence], Iterable[str]]

LAWS: tuple[Law, ...] = (
    record.nothing_broke,
    record.everything_ended,
    record.logs_have_no_gaps,
    record.public_ids_are_unique,
    record.readers_are_level,
    record.each_cause_took_effect_once,
    record.each_cause_says_a_thing_once,
    record.answers_stay_the_same,
    record.calls_kept_their_deadlines,
    hearing.the_witness_heard_all_once,
    hearing.streams_are_heard_in_order,
    hearing.cancelled_timers_stay_silent,
    hearing.streams_never_go_back,
    hearing.all_that_is_public_was_published,
    hearing.attempts_are_performed_once,
    hearing.outcomes_are_of_their_attempt,
    hearing.backlogs_are_not_gaps,
    shops.nothing_crosses,
    limits.orders_keep_their_limits,
    limits.needs_keep_their_limits,
    limits.notices_keep_their_limits,
    asking.answers_of_named_providers_count,
    channels.channels_are_hidden_by_their_results,
    channels.failures_are_counted,
    channels.hidden_channels_take_no_new_payments,
    channels.hidden_channels_come_back,
    channels.buyers_are_offered_what_is_not_hidden,
    trade.accepted_payments_count,
    trade.confirmed_payments_are_real,
    trade.paid_units_end_once,
    trade.unpaid_orders_expire,
    trade.no_card_goes_to_two,
    trade.delivered_is_what_was_allocated,
    trade.own_stock_is_not_oversold,
    kinds.only_reusable_secrets_go_to_two,
    kinds.top_ups_are_made_once,
    ending.a_hand_or_the_deadline_wins,
    ending.no_unit_fails_while_a_supplier_may_deliver,
    quality.orders_keep_the_policy_they_were_paid_under,
    quality.no_card_of_a_stopped_batch_is_given,
    quality.products_are_suspended_and_resumed_in_turn,
    trade.failed_needs_close_once,
    trade.messages_leave_their_mark,
    trade.nothing_is_said_twice,
    forwarding.the_shop_hears_genuine_notices_only,
    forwarding.kept_notices_reach_the_shop,
    forwarding.what_providers_were_told_is_kept,
    forwarding.what_the_shop_accepted_is_left_at_that,
    restoring.nothing_stands_still,
    restoring.lost_records_are_given_back,
    restoring.our_word_stands,
    restoring.buyers_are_told_of_one_card,
    supply.needs_are_exhausted_once_a_run,
    supply.suppliers_are_ordered_from_once,
    supply.bought_cards_are_known,
    supply.late_cards_are_claimed,
    supply.closed_needs_have_nothing_under_way,
    accounts.claims_end_once,
    accounts.deposits_add_up,
    accounts.stopped_suppliers_get_no_orders,
    accounts.settlement_difference_is_nothing,
    accounts.sales_are_settled_once,
    standing.suspended_suppliers_get_no_orders,
    standing.only_stuck_needs_are_tried_again,
    webhooks.shops_are_told_what_was_said,
    webhooks.posts_are_rightly_signed,
    webhooks.posts_go_where_they_may,
    modes.no_card_has_two_buyers,
    modes.what_the_shop_sold_is_marked,
    modes.cards_of_the_shop_are_given_while_they_are_ours,
    modes.we_begin_only_where_the_mode_says,
    modes.the_shop_is_asked_before_we_begin,
    modes.double_deliveries_are_told,
    modes.paid_orders_end_or_wait_for_people,
)


def violations_of(evidence: Evidence) -> list[str]:
    """Every violation of every law."""
    return [f"{law.__name__}: {violation}" for law in LAWS for violation in law(evidence)]


def rebuilt_differently(service: Service, store: MemoryStore) -> Iterator[str]:
    """Indexes and views that do not equal what the log gives when it is folded from the beginning."""
    rebuilt = IndexesAnew(service)
    rebuilt.follow(store)
    for breach in rebuilt.breaches:
        yield f"{service.name}: {breach}"
    live = store.tables.index
    if rebuilt.rows != live:
        differing = sorted(key for key in rebuilt.rows.keys() | live.keys() if rebuilt.rows.get(key) != live.get(key))
        yield f"{service.name}: indexes rebuilt differ from live ones in {differing[:5]}"
    anew = MemoryStore(tables=store.copy().tables)
    for view in service.views:
        anew.drop_view(view.NAME)
        for each in (store, anew):
            while fold_page(service, each, view):
                pass
        if store.tables.views.get(view.NAME) != anew.tables.views.get(view.NAME):
            yield f"{service.name}: view {view.NAME} rebuilt differs from the live one"
