"""Claims: raised with what is known, answered or silently accepted, decided, and settled exactly once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from chassis.tokens import Principal
from chassis.vault import Sealed
from contracts.values import Money
from services.inventory.claims.commands import AddClaimNote, AnswerClaim, DecideClaim, RaiseClaim, ValueClaim
from services.inventory.claims.domain.claim import Claim, ClaimOutcome, ClaimStatus
from services.inventory.claims.raising import number_of
from services.inventory.service import inventory
from services.inventory.settings import InventorySettings
from services.inventory.stock.domain.card import Card
from tests.desk import MemoryDesk
from tests.inventory.rebuilding import assert_rebuilds
from tests.inventory.world import SHOP, World, vault_rows

BAD, GOOD = "not a card", "GAME-7777-AAAA-BBBB"
HOURS = 3_600


def claimed(*suppliers: str) -> tuple[World, UUID]:
    """A world in which the first supplier has sent a bad card; the claim's id."""
    world = World(*(suppliers or ("north",)))
    world.buy("A1")
    world.deliver(world.number_of("A1"), BAD)
    (raised,) = world.said("ClaimRaised")
    return world, UUID(raised["claim_id"])


def claim_in(world: World, claim_id: UUID) -> Claim:
    return world.bench.aggregate(claim_id)  # type: ignore[no-any-return]


def answer(world: World, claim_id: UUID, *, is_accepted: bool) -> Any:
    return world.bench.do(AnswerClaim(claim_id=claim_id, is_accepted=is_accepted, reason="checked", answered_by="north"))


def decide(world: World, claim_id: UUID, *, is_upheld: bool) -> Any:
    return world.bench.do(DecideClaim(claim_id=claim_id, is_upheld=is_upheld, reason="proven", staff="ann"))


def test_a_claim_says_what_the_card_cost_how_it_looked_and_how_long_the_supplier_has() -> None:
    world, claim_id = claimed()
    (raised,) = world.said("ClaimRaised")
    assert raised["amount"] == {"amount_minor": 100, "currency": "CNY"}
    assert raised["card_preview"] == claim_in(world, claim_id).card_preview
    assert raised["answer_due_at"] == "2026-01-04T00:00:00Z"


def test_silence_accepts_when_the_limit_is_over_and_not_before() -> None:
    world, claim_id = claimed()
    world.bench.advance(seconds=72 * HOURS - 1)
    assert world.said("ClaimSettled") == []
    world.bench.advance(seconds=2)
    (settled,) = world.said("ClaimSettled")
    assert (settled["outcome"], settled["amount"]["amount_minor"]) == ("silent", 100)
    assert answer(world, claim_id, is_accepted=False).status == 409
    assert claim_in(world, claim_id).outcome is ClaimOutcome.SILENT


def test_an_accepted_claim_is_settled_once_and_its_timer_is_gone() -> None:
    world, claim_id = claimed()
    assert answer(world, claim_id, is_accepted=True).status == 200
    assert answer(world, claim_id, is_accepted=True).status == 409
    assert world.bench.advance(hours=100) == 0
    assert [each["outcome"] for each in world.said("ClaimSettled")] == ["accepted"]


@pytest.mark.parametrize(("is_upheld", "outcome"), [(True, "upheld"), (False, "dropped")])
def test_staff_decides_about_a_rejected_claim(is_upheld: bool, outcome: str) -> None:
    world, claim_id = claimed()
    assert decide(world, claim_id, is_upheld=is_upheld).status == 409
    answer(world, claim_id, is_accepted=False)
    world.bench.advance(hours=100)
    assert claim_in(world, claim_id).status is ClaimStatus.REJECTED
    assert decide(world, claim_id, is_upheld=is_upheld).status == 200
    assert decide(world, claim_id, is_upheld=not is_upheld).status == 409
    assert [each["outcome"] for each in world.said("ClaimSettled")] == [outcome]
    assert_rebuilds(world.bench)


def test_a_card_of_own_stock_is_claimed_for_once_and_a_person_names_its_cost() -> None:
    world = World(cards=1)
    world.buy("A1")
    card_id = world.need("A1").card_id
    assert card_id is not None
    for _ in range(2):
        assert world.bench.do(RaiseClaim(card_id=card_id, reason="invalid_card", staff="ann")).status == 201
    (raised,) = world.said("ClaimRaised")
    assert (raised["amount"], raised["supplier_code"]) == (None, "own")
    naming = ValueClaim(claim_id=UUID(raised["claim_id"]), amount=Money(70, "CNY"), staff="ann")
    assert world.bench.do(naming).status == 200
    assert world.bench.do(naming).status == 409
    world.bench.advance(hours=73)
    assert world.said("ClaimSettled")[0]["amount"] == {"amount_minor": 70, "currency": "CNY"}


def test_a_sold_card_that_a_supplier_order_brought_shares_the_claim_of_that_order() -> None:
    world = World("north")
    world.buy("A1")
    number = world.number_of("A1")
    world.deliver(number, GOOD)
    card: Card = world.bench.aggregate(world.need("A1").card_id)  # type: ignore[arg-type]
    assert number_of(card) == number
    world.bench.do(RaiseClaim(card_id=card.id, reason="already_used", staff="ann"))
    assert world.said("ClaimRaised")[0]["claim_id"] == str(Claim.create_id(SHOP, number))


def test_an_unsold_card_is_not_claimed_for() -> None:
    world = World()
    world.stock(GOOD)
    card = world.card_of(GOOD)
    assert card is not None
    assert world.bench.do(RaiseClaim(card_id=card.id, reason="invalid_card", staff="ann")).status == 409
    assert world.said("ClaimRaised") == []


def test_a_settled_claim_takes_no_more_evidence() -> None:
    world, claim_id = claimed()
    sealed: Sealed = world.vault.seal("claim-note", SHOP, str(claim_id), "see the photo")
    note = AddClaimNote(claim_id=claim_id, reference=sealed.reference, added_by="ann")
    assert world.bench.do(note, sealed=vault_rows((sealed,), world)).status == 201
    answer(world, claim_id, is_accepted=True)
    assert world.bench.do(note, sealed=vault_rows((sealed,), world)).status == 409


def test_what_was_said_of_a_claim_before_a_restore_is_said_no_other_way_after_it() -> None:
    world, claim_id = claimed()
    backup = world.bench.store.copy()
    answer(world, claim_id, is_accepted=False)
    decide(world, claim_id, is_upheld=False)
    world.bench.restore(backup)
    world.bench.release()
    assert claim_in(world, claim_id).outcome is ClaimOutcome.DROPPED
    assert world.bench.advance(hours=100) == 0


class Court:
    """A desk over a world with one claim."""

    def __init__(self) -> None:
        self.desk = MemoryDesk(inventory, InventorySettings())
        self.world, self.claim_id = claimed("north", "south")
        self.desk.bench, self.desk.vault, self.desk.fingerprints = self.world.bench, self.world.vault, self.world.fingerprints
        self.desk.store = self.world.bench.store
        self.client = self.desk.client()
        self.staff = self.desk.admit("staff", Principal("ann", "staff", frozenset({"claims:read", "claims:write"})))
        self.north = self.desk.admit("north", Principal("north", "supplier", shop_ids=frozenset({SHOP})))
        self.south = self.desk.admit("south", Principal("south", "supplier", shop_ids=frozenset({SHOP})))

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        self.desk.refresh_views()
        return await self.client.request(method, path, json=body, headers=headers)


async def test_a_supplier_sees_and_answers_its_own_claims_only() -> None:
    court = Court()
    path = f"/claims/{court.claim_id}"
    refused = await court.call("POST", f"{path}/answer", {"is_accepted": True, "reason": "ours"}, **court.south)
    assert refused.status_code == 404
    assert (await court.call("GET", path, **court.south)).status_code == 404
    assert (await court.call("GET", f"/claims?shop_id={SHOP}", **court.south)).json()["claims"] == []
    told = await court.call(
        "POST", f"{path}/answer", {"is_accepted": False, "reason": "was_good", "note": "the log is attached"}, **court.north
    )
    assert told.json()["status"] == "rejected"
    (listed,) = (await court.call("GET", f"/claims?shop_id={SHOP}", **court.north)).json()["claims"]
    assert listed["answer"]["reason"] == "was_good"
    assert (await court.call("POST", f"{path}/decision", {"is_upheld": True, "reason": "no"}, **court.north)).status_code == 403


async def test_the_document_tells_answers_card_and_notes_and_never_another_supplier() -> None:
    court = Court()
    path = f"/claims/{court.claim_id}"
    await court.call("POST", f"{path}/notes", {"note": "<b>seen</b> by the buyer"}, **court.staff)
    await court.call("POST", f"{path}/checks", {"result": "used"}, **court.staff)
    document = (await court.call("GET", path, **court.north)).json()
    assert [each["details"]["result"] for each in document["checks"]] == ["used"]
    assert [each["what"] for each in document["supplier_answers"]] == ["ordered", "failed"]
    assert [each["what"] for each in document["card_history"]] == ["came_in", "kept_from_sale"]
    assert document["notes"][0]["text"] == "<b>seen</b> by the buyer"
    assert "south" not in str(document)
    assert BAD not in str(document)
    printed = await court.call("GET", path, accept="text/html", **court.staff)
    assert "索赔单" in printed.text
    assert '<html lang="en">' in printed.text
    assert '<meta name="viewport"' in printed.text
    assert "&lt;b&gt;seen" in printed.text
    assert "<b>" not in printed.text


async def test_a_key_names_a_request_about_one_claim_and_says_nothing_of_another() -> None:
    court = Court()
    court.world.buy("A2")
    court.world.deliver(court.world.number_of("A2"), "another bad card")
    second = UUID(court.world.said("ClaimRaised")[-1]["claim_id"])
    body, keyed = {"is_accepted": True, "reason": "ours"}, {**court.north, "idempotency-key": "k1"}
    for claim_id in (court.claim_id, second):
        assert (await court.call("POST", f"/claims/{claim_id}/answer", body, **keyed)).json()["claim_id"] == str(claim_id)
        assert claim_in(court.world, claim_id).outcome is ClaimOutcome.ACCEPTED


async def test_what_is_no_claim_is_not_found_whatever_else_it_is() -> None:
    court = Court()
    card_id = claim_in(court.world, court.claim_id).card_id
    for path in (f"/claims/{card_id}", f"/claims/{UUID(int=7)}"):
        assert (await court.call("GET", path, **court.staff)).status_code == 404
    assert (await court.call("GET", f"/settlements/{court.claim_id}", **court.north)).status_code == 404


async def test_claims_come_in_pages() -> None:
    court = Court()
    world = court.world
    for number in range(2, 5):
        world.buy(f"A{number}")
        world.deliver(world.number_of(f"A{number}"), f"bad card {number}")
        world.bench.advance(seconds=1)
    seen: list[str] = []
    cursor = ""
    while True:
        more = f"&cursor={cursor}" if cursor else ""
        found = (await court.call("GET", f"/claims?shop_id={SHOP}&supplier_code=north&limit=2{more}", **court.staff)).json()
        seen += [each["claim_id"] for each in found["claims"]]
        cursor = found["cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 4
    waiting = (await court.call("GET", f"/claims/open?shop_id={SHOP}&status=raised", **court.staff)).json()["claims"]
    assert len(waiting) == 4
    assert (await court.call("GET", f"/claims?shop_id={SHOP}&cursor=%21", **court.staff)).status_code == 422
