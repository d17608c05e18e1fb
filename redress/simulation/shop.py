"""The services under test as a shop runs them: declarations, settings and tools of order, inventory and notify.

With `shop_requests.py`, `shop_channels.py`, `payment_choice.py`, `webhook_requests.py` and the `beside_*.py` all of the simulation that
knows the services' own code; people, nodes and checker do not.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from chassis.activity import Activity, Tools
from chassis.fingerprint import Fingerprints
from chassis.runtime.opening import opened
from chassis.secret import Secret
from chassis.service import Service
from chassis.store.memory import MemoryStore
from chassis.vault import DataKeysInMemory, Vault
from redress.simulation import parties
from redress.simulation.account_opening import AccountOpening
from redress.simulation.account_requests import terms_advice
from redress.simulation.accounts_plan import AccountsPlan
from redress.simulation.beside_people import Beside
from redress.simulation.beside_plans import BESIDE_ID, beside_of
from redress.simulation.beside_requests import BesideRequests, LookAtSimulatedShop, connection_settings
from redress.simulation.beside_shop import BesideShop, Books
from redress.simulation.changes import LimitsChanged
from redress.simulation.front import SHOP
from redress.simulation.misbehaviour import PROVIDERS
from redress.simulation.neighbour import NEIGHBOUR_ID
from redress.simulation.plan import SHOP_ID, Plan
from redress.simulation.quality_plans import TELLER
from redress.simulation.scene import Scene
from redress.simulation.shop_channels import account_at
from redress.simulation.shop_requests import ShopRequests
from redress.simulation.webhook_plans import NOTIFY
from redress.simulation.webhook_requests import WebhookRequests
from redress.simulation.witness import witness
from services.inventory.service import inventory
from services.inventory.settings import InventorySettings, SupplierAccount
from services.inventory.settings import limits_advice as inventory_limits
from services.notify.service import notify
from services.notify.settings import NotifySettings
from services.order.callbacks.settings import CallbackMode, CallbackSettings
from services.order.connecting.intents import PollShop
from services.order.connecting.timers import LookDue
from services.order.domain.limits import Limits
from services.order.service import order
from services.order.settings import OrderSettings, ShopSettings, limits_advice

CLAIM_ANSWER_SECONDS = 240.0
"""Days would be longer than a world."""


def install_services(scene: Scene, plan: Plan) -> ServicesUnderTest:
    """The real services, for one world."""
    return ServicesUnderTest(scene, plan)


class ServicesUnderTest:
    """The declarations with their activities and advice; `shop` makes the requests of the people.

    `beside`: where the world has such a shop. `unending`: timers that are always set again.
    """

    unending = frozenset({LookDue.NAME})

    def __init__(self, scene: Scene, plan: Plan) -> None:
        self.services: list[Service] = [order, inventory, witness, *([notify] if plan.webhooks.endpoints else [])]
        shop_settings = ShopSettings(
            **{name: account_at(name) for name in plan.channels.providers},
            callbacks={name: _in_front(name) for name in PROVIDERS} if plan.front.is_in_front else {},
        )
        beside, shops = beside_of(plan), {SHOP_ID: shop_settings}
        if beside is not None:
            shops[BESIDE_ID] = ShopSettings(
                connection=connection_settings(beside.poll_seconds), limits=Limits(give_up_seconds=beside.give_up_seconds)
            )
        settings: dict[str, Any] = {
            "order": OrderSettings(shops=shops, public_url=parties.base_url_of("order"), is_private_target_allowed=True),
            "inventory": InventorySettings(
                suppliers={
                    each.code: SupplierAccount(
                        base_url=parties.base_url_of(each.code),
                        api_key=parties.ACCESS.api_key,
                        api_secret=Secret(parties.ACCESS.api_secret),
                        callback_base_url=parties.base_url_of("shop") if plan.has_callbacks else None,
                    )
                    for each in plan.suppliers
                }
                | {
                    TELLER: SupplierAccount(
                        kind="supplier_api",
                        base_url=parties.base_url_of(TELLER),
                        api_key=parties.ACCESS.api_key,
                        api_secret=Secret(parties.ACCESS.api_secret),
                    )
                }
            ),
            NOTIFY: NotifySettings(),
        }
        fingerprints = Fingerprints({1: b"simulated fingerprint key, 32 b."})
        data_keys = DataKeysInMemory()
        vaults = {
            name: Vault(name, b"simulated master key of 32 bytes", data_keys, random_bytes=scene.chance.random_bytes) for name in settings
        }
        self._accounts_opened = AccountOpening(vaults["order"])
        self.webhooks = WebhookRequests(scene, plan.webhooks, vaults[NOTIFY])
        self._tools = {
            name: Tools(
                each,
                self.webhooks.way_out(scene.network.http) if name == NOTIFY else scene.network.http,
                vaults[name],
                fingerprints,
                scene.network.wall,
                self._opener(name, vaults[name]),
                self._accounts_opened.call,
            )
            for name, each in settings.items()
        }
        self._limits = {
            "order": {
                **limits_advice(settings["order"]),
                SHOP_ID: {
                    "expiry_seconds": plan.expiry_seconds,
                    "give_up_seconds": plan.give_up_seconds,
                    "providers": plan.channels.providers,
                    **dict(plan.channels.limits),
                },
            },
            "inventory": {
                **inventory_limits(settings["inventory"]),
                **dict(plan.supply.limits),
                **plan.quality.limits,
                "supplier_silence_seconds": plan.silence_seconds,
                "claim_answer_seconds": CLAIM_ANSWER_SECONDS,
                **terms_advice(plan.accounts),
            },
            NOTIFY: plan.webhooks.limits,
        }
        self._accounts = settings["inventory"].suppliers
        self._all_accounts = dict(self._accounts)
        self.shop = ShopRequests(scene, plan.products, plan.accounts, shop_settings, vaults, fingerprints)
        self.beside: Beside | None = None
        if beside is not None:
            requests = BesideRequests(scene, vaults, fingerprints)
            self.beside = Beside(beside, BesideShop(scene.clock, Books(BESIDE_ID)), requests)
        self._scene = scene
        self.neighbour = ShopRequests(scene, plan.products, AccountsPlan(), shop_settings, vaults, fingerprints, NEIGHBOUR_ID)

    def know_stores(self, store_of: Callable[[str], MemoryStore]) -> None:
        self._store_of = store_of
        self._accounts_opened.store = lambda: store_of("order")

    def _opener(self, service: str, vault: Vault) -> Callable[[str], Awaitable[bytes | None]]:
        async def open_kept(reference: str) -> bytes | None:
            return opened(self._store_of(service), vault, reference)

        return open_kept

    def activities(self, service: str) -> Mapping[str, Activity[Any]]:
        declared = next(each for each in self.services if each.name == service)
        found: dict[str, Activity[Any]] = {kind: activity(self._tools[service]) for kind, activity in declared.activity_of.items()}
        if service == "order" and self.beside is not None:
            found[PollShop.KIND] = LookAtSimulatedShop(self._tools[service], self.beside.shop, self._scene)
        return found

    def advice(self, service: str) -> Mapping[str, Any]:
        return {"limits": self._limits.get(service, {})}

    def advice_after(self, service: str, change: LimitsChanged) -> Mapping[str, Any]:
        if service == "order":
            shop = {**self._limits[service].get(SHOP_ID, {}), **dict(change.order)}
            self._limits[service] = {**self._limits[service], SHOP_ID: shop}
        elif service == "inventory":
            self._limits[service] = {**self._limits[service], **dict(change.inventory)}
        return self.advice(service)

    def put_account(self, supplier_code: str, is_there: bool) -> None:
        if is_there:
            self._accounts[supplier_code] = self._all_accounts[supplier_code]
        else:
            self._accounts.pop(supplier_code, None)


def _in_front(provider: str) -> CallbackSettings:
    return CallbackSettings(mode=CallbackMode.IN_FRONT, shop_url=f"{parties.base_url_of(SHOP)}/notify/{provider}")
