"""Limits as the installation sets them: an advice names some of a class's fields, and the documented ones hold where it says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

L = TypeVar("L", bound="DataclassInstance")


def limits_from(kind: type[L], advice: Mapping[str, Any]) -> L:
    """The limits of a class, a dataclass whose every field has a default; what else the advice says is about others."""
    return replace(kind(), **{each.name: advice[each.name] for each in fields(kind) if each.name in advice})
