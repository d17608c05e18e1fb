"""Those who keep accounts: suppliers that answer claims or do not, staff that decides, deposits that are topped up, pay-outs."""

from __future__ import annotations

from random import Random
from typing import Any, Protocol
from uuid import UUID

import msgspec

from chassis.store.rows import EventRow
from redress.simulation import account_requests as requests
from redress.simulation.accounts_plan import AccountsPlan
from redress.simulation.node import Node
from redress.simulation.plan import Plan
from redress.simulation.requests import Mailroom, Request
from redress.simulation.scene import Scene

ROUND_SECONDS = 4.0
AFTERMATH_SECONDS = 60.0
"""So long after the hostile phase somebody still looks at the accounts: what is open then waits for people."""


class Told(Protocol):
    """How a request is made of a command."""

    def told(self, key: str, command: Any) -> Request: ...


class Bookkeeper:
    """Reads what inventory has recorded, and acts on it as the plan says."""

    def __init__(self, scene: Scene, plan: Plan, mailroom: Mailroom, shop: Told, inventory: Node) -> None:
        self._scene = scene
        self._plan = plan
        self._accounts = plan.accounts
        self._mailroom = mailroom
        self._shop = shop
        self._inventory = inventory
        self._random = Random(f"bookkeeper {plan.seed}")
        self._read_to = 0
        self._said_count = 0

    def begin(self) -> None:
        """Queue what the plan says."""
        for each in self._accounts.deposits:
            top_up = requests.topped_up(each, "second", each.second_minor)
            self._scene.clock.after(each.second_at, lambda command=top_up: self._say([command]))  # type: ignore[misc]
        if self._accounts != AccountsPlan():
            self._scene.clock.after(ROUND_SECONDS, self._look, is_background=True)

    def say_again(self) -> None:
        """After a restore of inventory: look at everything anew, and top up again what may be forgotten; an entry is made once."""
        self._read_to = 0
        seconds = self._scene.clock.seconds
        self._say([requests.topped_up(each, "second", each.second_minor) for each in self._accounts.deposits if each.second_at < seconds])

    def _look(self) -> None:
        if self._scene.clock.seconds > self._plan.hostile_seconds + AFTERMATH_SECONDS:
            return
        self._scene.clock.after(ROUND_SECONDS, self._look, is_background=True)
        if self._inventory.store.is_away:
            return
        for row in self._inventory.store.events_after(self._read_to, 1_000):
            self._read_to = row.log_id
            self._say(self._reaction(row))

    def _reaction(self, row: EventRow) -> list[Any]:
        topic = row.topic.partition("@")[0]
        if topic == "inventory.Card.Allocated" and self._random.random() < self._accounts.complaints:
            return [requests.claim_raised(row.stream_id)]
        if topic == "inventory.Claim.Raised":
            return self._answer(row.stream_id)
        if topic == "inventory.Claim.Answered" and not msgspec.json.decode(row.state)["is_accepted"]:
            return self._decision(row.stream_id)
        if topic == "inventory.Settlement.LineTaken" and self._accounts.has_payouts and self._random.random() < 0.4:
            return requests.payout_steps(row.stream_id)
        return []

    def _answer(self, claim_id: UUID) -> list[Any]:
        mood = self._random.random()
        if mood < self._accounts.accepted:
            return [requests.claim_answered(str(claim_id), is_accepted=True)]
        if mood < self._accounts.accepted + self._accounts.rejected:
            return [requests.claim_answered(str(claim_id), is_accepted=False)]
        return []

    def _decision(self, claim_id: UUID) -> list[Any]:
        if self._random.random() < 0.2:
            return []  # it waits
        return [requests.claim_decided(str(claim_id), is_upheld=self._random.random() < self._accounts.upheld)]

    def _say(self, commands: list[Any]) -> None:
        """One after the other, whatever is answered."""
        if commands:
            self._said_count += 1
            request = self._shop.told(f"accounts-{self._said_count}", commands[0])
            self._mailroom.ask(request, lambda _: self._say(commands[1:]))
