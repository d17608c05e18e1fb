"""Taking unsold cards out of the stock of a running installation: by import, by product, or by a file of the cards themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from redress.asking import Caller
from redress.importing import layout_in
from services.inventory.stock.card_file import CardLine, read_cards
from services.inventory.stock.commands import MAX_CHUNK_CARDS
from services.inventory.stock.importing import bytes_of
from services.inventory.stock.wire import BatchState, CardLeft, CardWithdrawal, LineCard, Withdrawal, WithdrawalAnswer

MAX_TOLD = 1_000


@dataclass(slots=True)
class Withdrawn:
    """What became of it so far; `left`: the first of the cards that were not withdrawn, `left_count`: of how many."""

    count: int = 0
    left_count: int = 0
    left: list[CardLeft] = field(default_factory=list)

    def note(self, body: Any) -> WithdrawalAnswer:
        answer = msgspec.convert(body, WithdrawalAnswer)
        self.count += answer.withdrawn
        self.left_count += len(answer.refused)
        self.left += answer.refused[: max(0, MAX_TOLD - len(self.left))]
        return answer


def withdraw_product(caller: Caller, *, shop_id: str, product_code: str, reason: str) -> Iterator[Withdrawn]:
    """Withdraw all unsold cards of a product; after each step, what was withdrawn so far (always the same object). Raises UserError."""
    done, path = Withdrawn(), f"/products/{quote(product_code, safe='')}/withdrawal"
    while not done.note(caller.send("POST", path, Withdrawal(shop_id=shop_id, reason=reason))).is_done:
        yield done
    yield done


def withdraw_batch(caller: Caller, *, shop_id: str, batch_id: str, reason: str) -> Iterator[Withdrawn]:
    """Withdraw all unsold cards of an import; as `withdraw_product`."""
    done, path = Withdrawn(), f"/batches/{quote(batch_id, safe='')}"
    batch = msgspec.convert(caller.get(path, shop_id=shop_id), BatchState)
    for number in range(1, batch.last_chunk + 1):
        done.note(caller.send("POST", f"{path}/chunks/{number}/withdrawal", Withdrawal(shop_id=shop_id, reason=reason)))
        yield done
    yield done


def withdraw_file(caller: Caller, file: Path, *, shop_id: str, reason: str) -> Iterator[Withdrawn]:
    """Withdraw the cards of a file, as far as they are unsold; as `withdraw_product`. Raises NotText, UnclearFormat too."""
    done = Withdrawn()
    waiting: list[LineCard] = []

    def send() -> None:
        done.note(caller.send("POST", "/stock/withdrawal", CardWithdrawal(shop_id=shop_id, reason=reason, cards=tuple(waiting))))
        waiting.clear()

    for each in read_cards(bytes_of(file), layout_in(file)):
        if isinstance(each, CardLine):
            waiting.append(LineCard(each.line, each.secret))
        if len(waiting) == MAX_CHUNK_CARDS:
            send()
            yield done
    if waiting:
        send()
    yield done
