"""What a shop's tables may be called: the prefix stands in the text of every SELECT."""

from __future__ import annotations

import pytest

from protocols.shops.port import Site, site_of
from protocols.shops.registry import DIALECTS

ACG_FAKA = DIALECTS["acg-faka"]


def test_a_prefix_is_the_kinds_own_unless_the_shop_has_another() -> None:
    assert site_of(ACG_FAKA, None, "CNY", 8) == Site("acg_", "CNY", 8)
    assert site_of(ACG_FAKA, "", "CNY", 8) == Site("", "CNY", 8)


@pytest.mark.parametrize("prefix", ["acg`", "a b", "a;--", "é", "a\n", "a" * 41, "../"])
def test_what_no_table_is_called_is_no_prefix(prefix: str) -> None:
    with pytest.raises(ValueError, match="letters, digits"):
        site_of(ACG_FAKA, prefix, "CNY", 8)
