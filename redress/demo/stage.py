"""Where the demo is played: a running installation with a sandbox, and how to reach every part of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from redress.composition import Servers
from redress.keyring import Keyring


@dataclass(frozen=True)
class Stage:
    """An installation that runs. `control_url`: of the sandbox. `time_factor`: by which limits of a minute and more are divided."""

    addresses: Mapping[str, str]
    control_url: str
    servers: Servers
    keyring: Keyring
    shop_id: str
    time_factor: float
