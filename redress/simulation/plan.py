"""What a seed decides: the buyers, the stock, and which evils befall the world when. The same seed gives the same plan for ever.

Each seed switches some kinds of evil on and others off (else every world would be the same soup, and what needs quiet around it would
never be seen). Evils end with the hostile phase; then the world runs on until quiet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from random import Random
from zlib import crc32

from redress.simulation.accounts_plan import AccountsPlan, accounts_of
from redress.simulation.changes import Changes, changes_of
from redress.simulation.channel_plans import ChannelsPlan, channels_of
from redress.simulation.front_plans import FrontPlan, front_of
from redress.simulation.kinds import ProductPlan, products_of
from redress.simulation.lost_spans import with_work_under_way
from redress.simulation.misbehaviour import PROVIDERS, SupplierPlan, payment_faults_of, provider_spells_of, suppliers_of
from redress.simulation.quality_plans import QualityPlan, quality_of
from redress.simulation.rates import Rates, rates_of
from redress.simulation.restore_plans import RestorePlan, restores_of
from redress.simulation.supply_plans import SupplyPlan, supply_of
from redress.simulation.webhook_plans import NOTIFY, WebhookPlan, webhooks_of
from sandbox.behaviour.faults import PaymentFaults

SHOP_ID = "shop-1"
PRICES = {"game-50": "45.00", "music-30": "30.00", "video-15": "15.00"}
SERVICES = ("order", "inventory", "witness")


@dataclass(frozen=True, slots=True)
class OrderPlan:
    """One buyer's order and what becomes of its payment. Times in seconds from the start; `pays_at` None: never."""

    number: str
    lines: tuple[tuple[str, int], ...]
    prices: tuple[str, ...]
    """Of one card of each line, as they are when the order is placed."""
    provider: str
    placed_at: float
    pays_at: float | None
    faults: PaymentFaults
    forged_at: float | None
    pays_again_at: float | None
    """A second payment, over the other provider of the world."""
    reveals_after: float | None
    contact: str

    @property
    def total(self) -> str:
        cents = sum(int(price.replace(".", "")) * quantity for price, (_, quantity) in zip(self.prices, self.lines, strict=True))
        return f"{cents // 100}.{cents % 100:02d}"

    @property
    def named_provider(self) -> str | None:
        """The provider that the shop names with every third order, so that it is asked until it is paid."""
        return self.provider if crc32(self.number.encode()) % 3 == 0 else None

    @property
    def is_payment_wanted(self) -> bool:
        """Whether the shop has the payment of this order created, as of every third that names no provider."""
        return crc32(self.number.encode()) % 3 == 1


class Evil(StrEnum):
    """What happens to the machinery at one moment."""

    CRASH = "crash"
    FREEZE = "freeze"
    SESSION_ENDED = "session ended"
    STORE_AWAY = "store away"
    RELAY_BEHIND = "relay behind"
    TOPIC_RECREATED = "topic recreated"
    PARTITION_WIPED = "partition wiped"
    RETENTION_SHORT = "retention short"
    PARTITION_STALLED = "partition stalled"
    FEED_AWAY = "feed away"
    STORE_FULL = "store full"
    """Reads go on; nothing can be written."""
    PARTITIONS_CHANGED = "partitions changed"
    """More of them; or the topic made anew with another count."""
    CLOCK_JUMPS = "clock jumps"


@dataclass(frozen=True, slots=True)
class Incident:
    at: float
    evil: Evil
    service: str
    seconds: float
    partition: int


@dataclass(frozen=True, slots=True)
class Poison:
    """Builds with faults: how much of what they handle meets one, and from when on they are mended."""

    undecodable_rate: float = 0.0
    bug_rate: float = 0.0
    mended_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    seed: int
    hostile_seconds: float
    orders: tuple[OrderPlan, ...]
    suppliers: tuple[SupplierPlan, ...]
    imports: tuple[tuple[float, str, int], ...]
    """(at, product code, cards): the shop's own card files."""
    provider_spells: tuple[tuple[str, float, float, PaymentFaults], ...]
    incidents: tuple[Incident, ...]
    expiry_seconds: float
    give_up_seconds: float
    silence_seconds: float
    has_callbacks: bool
    changes: Changes = field(default_factory=Changes)
    poison: Poison = field(default_factory=Poison)
    rates: Rates = field(default_factory=Rates)
    restores: tuple[RestorePlan, ...] = ()
    has_clerks: bool = False
    """Whether somebody delivers by hand what waits for that, and what no supplier has."""
    supply: SupplyPlan = field(default_factory=SupplyPlan)
    front: FrontPlan = field(default_factory=FrontPlan)
    products: dict[str, ProductPlan] = field(default_factory=lambda: dict.fromkeys(PRICES, ProductPlan()))
    accounts: AccountsPlan = field(default_factory=AccountsPlan)
    quality: QualityPlan = field(default_factory=QualityPlan)
    webhooks: WebhookPlan = field(default_factory=WebhookPlan)
    channels: ChannelsPlan = field(default_factory=ChannelsPlan)


def plan_of(seed: int) -> Plan:
    """The plan of a seed."""
    random = Random(f"plan {seed}")
    hostile = random.choice((60.0, 120.0, 300.0, 900.0))
    expiry = random.choice((900.0, 900.0, 30.0))
    suppliers = suppliers_of(random, hostile, PRICES)
    changes = changes_of(seed, random, hostile, sorted(PRICES), [each.code for each in suppliers])
    orders = _orders(random, hostile, expiry, changes)
    front = front_of(seed, hostile)
    channels = channels_of(seed, hostile, is_in_front=front.is_in_front)
    webhooks = webhooks_of(seed, hostile)
    payments = [each.pays_at for each in orders if each.pays_at is not None and each.pays_at < hostile]
    plan = Plan(
        seed=seed,
        hostile_seconds=hostile,
        orders=tuple(replace(each, provider=channels.of(each.provider)) for each in orders),
        suppliers=suppliers,
        imports=_imports(random, hostile),
        provider_spells=(*_provider_spells(random, hostile, channels), *channels.troubles),
        incidents=_incidents(random, hostile)
        + (_incidents(Random(f"webhook incidents {seed}"), hostile, (NOTIFY,)) if webhooks.endpoints else ()),
        expiry_seconds=expiry,
        give_up_seconds=random.choice((1_800.0, 1_800.0, 90.0, 40.0)),
        silence_seconds=random.choice((300.0, 300.0, 15.0)),
        has_callbacks=random.random() < 0.5,
        changes=changes,
        poison=_poison(random, hostile),
        rates=rates_of(random),
        has_clerks=Random(f"clerks {seed}").random() < 0.6,
        front=front,
        channels=channels,
        products=products_of(seed, sorted(PRICES)),
        quality=quality_of(seed, hostile, products_of(seed, sorted(PRICES))),
        supply=supply_of(seed, hostile, [each.code for each in suppliers]),
        accounts=accounts_of(seed, hostile, [each.code for each in suppliers]),
        restores=restores_of(seed, hostile, payments) + webhooks.restores,
        webhooks=webhooks,
    )
    return with_work_under_way(plan, PRICES)


def _orders(random: Random, hostile: float, expiry: float, changes: Changes) -> tuple[OrderPlan, ...]:
    count = random.choice((4, 8, 12, 16))
    has_races = random.random() < 0.4
    orders: list[OrderPlan] = []
    for number in range(1, count + 1):
        placed_at = 5.0 + random.random() * hostile * 0.9
        if has_races and orders and random.random() < 0.4:
            placed_at = orders[-1].placed_at + random.random() * 0.01
        pays_at = placed_at + random.choice((0.05, 0.5, 2.0, 10.0, 60.0)) * (0.5 + random.random())
        fate = random.random()
        lines = _lines(random)
        orders.append(
            OrderPlan(
                number=f"S{random.randrange(10**6):06d}N{number:02d}",
                lines=lines,
                prices=tuple(changes.price_at(placed_at, code, PRICES[code]) for code, _ in lines),
                provider=random.choice(PROVIDERS),
                placed_at=placed_at,
                pays_at=None if fate < 0.08 else placed_at + expiry - 1.0 + random.random() * 20 if fate < 0.2 else pays_at,
                faults=payment_faults_of(random),
                forged_at=pays_at + random.random() * 5 - 2.5 if random.random() < 0.15 else None,
                pays_again_at=pays_at + random.random() * 20 if random.random() < 0.08 else None,
                reveals_after=random.choice((None, 1.0, 20.0, 200.0)),
                contact=f"buyer{number}@example.com",
            )
        )
    return tuple(orders)


def _provider_spells(random: Random, hostile: float, channels: ChannelsPlan) -> Iterator[tuple[str, float, float, PaymentFaults]]:
    for name, start, end, faults in provider_spells_of(random, hostile):
        yield channels.of(name), start, end, faults


def _lines(random: Random) -> tuple[tuple[str, int], ...]:
    codes = random.sample(sorted(PRICES), 2 if random.random() < 0.15 else 1)
    if random.random() < 0.01:
        return ((codes[0], 43),)  # wider than one unit of work
    return tuple((code, random.choice((1, 1, 1, 2))) for code in codes)


def _imports(random: Random, hostile: float) -> tuple[tuple[float, str, int], ...]:
    imports = [(1.0 + random.random(), code, random.choice((1, 1, 2, 5))) for code in sorted(PRICES) if random.random() < 0.6]
    if random.random() < 0.4:
        imports.append((random.random() * hostile, random.choice(sorted(PRICES)), random.choice((1, 3))))
    return tuple(imports)


def _poison(random: Random, hostile: float) -> Poison:
    if random.random() < 0.6:
        return Poison()
    return Poison(random.choice((0.0, 0.02, 0.1)), random.choice((0.0, 0.02, 0.1)), hostile * random.choice((0.3, 0.6, 1.0)))


def _incidents(random: Random, hostile: float, services: Sequence[str] = SERVICES) -> tuple[Incident, ...]:
    kinds = [evil for evil in Evil if random.random() < 0.4]
    incidents = [
        Incident(
            at=3.0 + random.random() * (hostile - 3.0),
            evil=evil,
            service=random.choice(services),
            seconds=random.choice((0.5, 3.0, 15.0, 40.0)),
            partition=random.randrange(4),
        )
        for evil in kinds
        for _ in range(random.choice((1, 2, 4)))
    ]
    return tuple(sorted(incidents, key=lambda incident: incident.at))
