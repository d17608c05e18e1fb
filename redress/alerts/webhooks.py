"""Alerts about webhooks: what the notify service's views hold, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from redress.alerts.alert import OpenAlert, mending, plain
from services.notify.webhooks.domain.endpoint import BY_SHOP

Document = Mapping[str, Any]


def webhook_alert(webhook: Document, given_up: Sequence[Document], most_read: int) -> OpenAlert | None:
    """How a webhook does not do well, None where it does or somebody has seen it; `given_up`: its messages of that sort, the newest first.

    Of the address only the host is told: the rest of it may hold a key.
    """
    seen_at = webhook.get("failures_seen_at")
    left = [each["given_up_at"] for each in given_up if _is_news(each["given_up_at"], seen_at)]
    is_off = webhook["state"] == "disabled"
    if is_off and webhook["reason"] == BY_SHOP:
        return None
    trouble_at = webhook["disabled_at"] if is_off else webhook["failing_since"]
    is_ill = trouble_at is not None and _is_news(trouble_at, seen_at)
    if not left and not is_ill:
        return None
    host = urlsplit(webhook["url"]).hostname or ""
    words = []
    if is_off:
        words.append(f"Nothing is posted to the webhook at {host} any more ({plain(webhook['reason'])}).")
    elif is_ill:
        words.append(f"The webhook at {host} does not take what is posted to it ({plain(webhook['reason'])}); it is tried on.")
    if left:
        count = f"{len(left)} or more messages" if len(left) == most_read else "1 message" if len(left) == 1 else f"{len(left)} messages"
        words.append(f"{count} for {host} {'was' if len(left) == 1 else 'were'} given up. Mend the receiver, then post again.")
    return OpenAlert(
        kind="webhook_disabled" if is_off else "webhook_given_up" if left else "webhook_failing",
        shop_id=webhook["shop_id"],
        words=" ".join(words),
        commands=(
            mending(webhook["shop_id"], "webhook", webhook["webhook_id"]),
            mending(webhook["shop_id"], "webhook", webhook["webhook_id"], "--leave"),
        ),
        count=max(len(left), 1),
        last_at=max([*left, *([trouble_at] if is_ill else [])]),
        is_pressing=is_off or bool(left),
    )


def _is_news(at: str, seen_at: str | None) -> bool:
    return seen_at is None or datetime.fromisoformat(at) > datetime.fromisoformat(seen_at)
