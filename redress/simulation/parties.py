"""The parties outside, with accounts made up for the simulation: the two payment providers and the suppliers of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import cast

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from protocols.dujiao_next import SupplierAccess
from protocols.supplier_api import CardState
from redress.simulation.kinds import TOP_UP
from redress.simulation.misbehaviour import PROVIDERS
from redress.simulation.network import Network
from redress.simulation.plan import PRICES, Plan
from redress.simulation.quality_plans import TELLER
from sandbox.behaviour.api_suppliers import ApiSupplier
from sandbox.behaviour.dialects import Dialect
from sandbox.behaviour.epay_v2 import EpayV2Dialect
from sandbox.behaviour.epusdt import EpusdtDialect
from sandbox.behaviour.gateways import GatewayDialect, PaymentGateway
from sandbox.behaviour.payments import AlipayDialect, EpayDialect, PaymentProvider
from sandbox.behaviour.suppliers import CardSupplier, SupplierProduct
from sandbox.behaviour.tokenpay import TokenPayDialect
from sandbox.behaviour.wechat import WechatDialect, WechatPay

APP_ID, SELLER_ID = "2021000000000001", "2088000000000001"
PID, EPAY_KEY = "1001", "simulated-epay-key"
MCHID, WECHAT_APP_ID, API_V3_KEY = "1900000001", "wx8888888888888888", "simulated-api-key-of-32-letters."
WECHAT_SERIAL, MERCHANT_SERIAL = "PUB_KEY_ID_0119000000012026112100000000000001", "4A1DDE550000000000000000000000000000C0DE"
COIN_KEY = "simulated-key-of-a-coin-gateway"
ACCESS = SupplierAccess("simulated-api-key", "simulated-api-secret")
SKU_IDS = {code: number for number, code in enumerate(sorted(PRICES), 7)}
NOTICE_SCHEDULE_SECONDS = (4.0, 15.0, 60.0, 240.0, 600.0)


@cache
def key_pair(owner: str) -> RSAPrivateKey:
    """A key of this process; signatures enter no decision, so it need not repeat with the seed."""
    return generate_private_key(65_537, 2_048)


def base_url_of(party: str) -> str:
    return f"http://{party}.simulation"


def payment_providers(plan: Plan, network: Network) -> dict[str, PaymentProvider]:
    providers = {}
    for name in plan.channels.providers:
        provider = _provider(name)
        network.attach(base_url_of(name), provider.handle)
        providers[name] = provider
    return providers


def _provider(name: str) -> PaymentProvider:
    path, pauses = f"/notices/{name}", NOTICE_SCHEDULE_SECONDS
    their_key, our_key = key_pair("alipay"), key_pair("app").public_key()
    if name in PROVIDERS:
        dialect: Dialect = AlipayDialect(APP_ID, SELLER_ID, their_key, our_key) if name == "alipay" else EpayDialect(PID, EPAY_KEY)
        return PaymentProvider(dialect, notify_path=path, schedule_seconds=pauses)
    if name == "wechat":
        account = WechatDialect(MCHID, WECHAT_APP_ID, WECHAT_SERIAL, MERCHANT_SERIAL, API_V3_KEY, their_key, our_key)
        return WechatPay(account, notify_path=path, schedule_seconds=pauses)
    gateways: dict[str, GatewayDialect] = {
        "epay_v2": EpayV2Dialect(PID, their_key, our_key),
        "tokenpay": TokenPayDialect(COIN_KEY),
        "epusdt": EpusdtDialect(COIN_KEY),
    }
    return PaymentGateway(gateways[name], notify_path=path, schedule_seconds=pauses)


def telling_supplier(plan: Plan, network: Network) -> None:
    """The supplier that sold the plan's files, and tells of their cards."""
    teller = ApiSupplier(TELLER, ACCESS, [])
    for file in plan.quality.files:
        teller.card_states.update(cast(Mapping[str, CardState], file.states))
    network.attach(base_url_of(TELLER), teller.handle)


def card_suppliers(plan: Plan, network: Network) -> dict[str, CardSupplier]:
    suppliers = {}
    for planned in plan.suppliers:
        products = [
            SupplierProduct(
                SKU_IDS[code],
                code,
                price,
                planned.stock_counts[code],
                card_prefix=plan.products[code].prefix_of(code),
                is_top_up=plan.products[code].kind == TOP_UP,
            )
            for code, price in sorted(PRICES.items())
        ]
        supplier = CardSupplier(planned.code, ACCESS, products, balance=plan.supply.balance_of(planned.code))
        network.attach(base_url_of(planned.code), supplier.handle)
        suppliers[planned.code] = supplier
    return suppliers
