"""Planted defects in the watch over payment channels: failures that do not count, hidden channels that are used, pauses without an end."""

from __future__ import annotations

from contextlib import AbstractContextManager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from services.order.domain.channel_watch import ChannelWatch
from services.order.paying import handlers, reactions
from services.order.watching import standing


def failed_creations_forgotten() -> AbstractContextManager[Any]:
    """That a payment could not be created is not noted against its channel."""
    return patch.object(reactions, "note_result", lambda *arguments: None)


def hidden_channel_used() -> AbstractContextManager[Any]:
    """Whoever asks for a payment at a hidden channel has it created there."""
    return patch.object(handlers, "ChannelState", SimpleNamespace(HIDDEN=None))


def hidden_channel_offered() -> AbstractContextManager[Any]:
    """Buyers are shown every channel that their order can be paid by."""
    return patch.object(standing, "is_offered", lambda channel, currency: channel.is_creatable and channel.currency == currency)


def pause_without_end() -> AbstractContextManager[Any]:
    """A channel that was hidden stays so."""
    return patch.object(ChannelWatch, "begin_probation", lambda self: False)
