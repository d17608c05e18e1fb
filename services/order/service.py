"""The declaration of the order service."""

from __future__ import annotations

from fastapi import APIRouter

from chassis.desk import Desk
from chassis.service import Service
from services.order import publish, recoveries
from services.order.callbacks import api as callbacks_api
from services.order.callbacks import beside
from services.order.callbacks import handlers as callback_handlers
from services.order.callbacks import reactions as callback_reactions
from services.order.callbacks.activities import Forward
from services.order.callbacks.views import Forwardings, GivenUpNotices
from services.order.connecting import api as connecting_api
from services.order.connecting import handlers as connecting_handlers
from services.order.connecting import reactions as connecting_reactions
from services.order.connecting.activities import LookAtShop
from services.order.connecting.indexes import OpenAtShop
from services.order.connecting.views import ShopContradictions
from services.order.domain.channel_period import ChannelPeriod
from services.order.domain.channel_watch import ChannelWatch
from services.order.domain.checkout import Checkout
from services.order.domain.connection import Connection
from services.order.domain.forwarding import Forwarding
from services.order.domain.listing import Listing
from services.order.domain.notice import PaymentNotice
from services.order.domain.order import Order
from services.order.domain.search import PaymentSearch
from services.order.fulfilment import reactions as fulfilment
from services.order.indexes import ContactProofs
from services.order.lookup import buyers, changes, opening, staff
from services.order.notices import api as notices_api
from services.order.notices import handlers as notice_handlers
from services.order.notices import reactions as notice_reactions
from services.order.notices.activities import AskProvider
from services.order.paying import api as paying_api
from services.order.paying import closing
from services.order.paying import handlers as paying_handlers
from services.order.paying import reactions as paying_reactions
from services.order.paying.activities import AskHowPaymentStands, OpenPayment
from services.order.paying.closing import CloseAtProvider
from services.order.placing import api as placing_api
from services.order.placing import cancelling
from services.order.placing import handlers as placing_handlers
from services.order.placing import reactions as placing_reactions
from services.order.search import api as search_api
from services.order.search import handlers as search_handlers
from services.order.search import reactions as search_reactions
from services.order.search.activities import AskWhetherPaid
from services.order.settings import OrderSettings
from services.order.views import DeliveryDigest, Doubts, ManualQueue, Orders, delivery_p95
from services.order.watching import api as watching_api
from services.order.watching import handlers as watching_handlers
from services.order.watching import reactions as watching_reactions
from services.order.watching.views import Channels


def routes(desk: Desk) -> APIRouter:
    """All routes of the service over one desk."""
    router = APIRouter()
    for part in (
        placing_api,
        cancelling,
        paying_api,
        watching_api,
        notices_api,
        beside,
        callbacks_api,
        search_api,
        connecting_api,
        buyers,
        opening,
        changes,
        staff,
    ):
        router.routes.extend(part.routes(desk).routes)  # included ones are looked through anew with each request
    return router


order = Service(
    name="order",
    aggregates=[Order, PaymentNotice, PaymentSearch, Checkout, ChannelWatch, ChannelPeriod, Listing, Forwarding, Connection],
    commands=[
        placing_handlers,
        cancelling,
        paying_handlers,
        watching_handlers,
        notice_handlers,
        search_handlers,
        callback_handlers,
        connecting_handlers,
    ],
    reactions=[
        placing_reactions,
        paying_reactions,
        closing,
        watching_reactions,
        notice_reactions,
        fulfilment,
        search_reactions,
        callback_reactions,
        connecting_reactions,
        recoveries,
    ],
    activities=[AskProvider, AskWhetherPaid, OpenPayment, AskHowPaymentStands, CloseAtProvider, Forward, LookAtShop],
    publish=[publish],
    indexes=[ContactProofs, OpenAtShop],
    views=[Orders, ManualQueue, Doubts, DeliveryDigest, Forwardings, GivenUpNotices, Channels, ShopContradictions],
    advice={"delivery_p95": delivery_p95},
    routes=routes,
    settings=OrderSettings,
)
"""Besides `delivery_p95` it reads the advice `limits`, which the composition root supplies (`settings.limits_advice`)."""
