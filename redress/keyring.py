"""Bearer tokens of people and shops, and what each may do.

They stand in the settings. An installation on embedded servers that was given none makes its own at the first start and keeps them in
`<data folder>/tokens.json` (0600), where the commands of this machine find them.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from chassis.embedded.kept import keep, read_kept
from chassis.secret import Secret
from chassis.tokens import Principal
from redress.errors import UserError
from redress.settings import RedressSettings

STAFF_SCOPES = frozenset({"ops", "orders:read", "inventory:read", "inventory:write", "needs:write", "cards:export"})
SHOP_SCOPES = frozenset({"orders:write", "orders:read"})
FILE_NAME = "tokens.json"
FILE_MODE = 0o600


@dataclass(frozen=True)
class Keyring:
    """The token of the staff, and one for each shop; `repr` shows none."""

    staff: Secret | None
    shops: dict[str, Secret]

    def principals(self) -> tuple[tuple[Secret, Principal], ...]:
        """Each token with whom it stands for."""
        found = [(token, Principal(shop_id, "shop", SHOP_SCOPES)) for shop_id, token in self.shops.items()]
        if self.staff is not None:
            found.append((self.staff, Principal("staff", "staff", STAFF_SCOPES)))
        return tuple(found)

    def staff_authorization(self) -> str:
        """The header of a request by the staff; raises UserError where there is no token."""
        if self.staff is None:
            raise UserError("There is no staff token: set REDRESS_STAFF_TOKEN, or run this beside `redress up` with the same data folder.")
        return f"Bearer {self.staff.reveal()}"

    def shop_authorization(self, shop_id: str) -> str:
        """The header of a request by a shop; raises UserError where there is no token."""
        token = self.shops.get(shop_id)
        if token is None:
            raise UserError(f"There is no token of the shop {shop_id}: known are {', '.join(sorted(self.shops)) or 'none'}.")
        return f"Bearer {token.reveal()}"


def known_tokens(settings: RedressSettings) -> Keyring:
    """The tokens of the settings, and for those not given the ones kept in the data folder."""
    kept = read_kept(_file(settings)) if settings.postgres_dsn is None and _file(settings).exists() else {}
    shops = {shop_id: Secret(token) for shop_id, token in kept.get("shops", {}).items()}
    staff = Secret(kept["staff"]) if "staff" in kept else None
    return Keyring(settings.staff_token or staff, {**shops, **settings.shop_tokens})


def tokens_made_once(settings: RedressSettings, shop_ids: Iterable[str]) -> Keyring:
    """The tokens of an installation on embedded servers: missing ones are made and kept."""
    known = known_tokens(settings)
    missing = [shop_id for shop_id in shop_ids if shop_id not in known.shops]
    if known.staff is not None and not missing:
        return known
    full = Keyring(known.staff or _fresh(), {**known.shops, **{shop_id: _fresh() for shop_id in missing}})
    assert full.staff is not None
    keep(_file(settings), {"staff": full.staff.reveal(), "shops": {name: token.reveal() for name, token in full.shops.items()}})
    return full


def _fresh() -> Secret:
    return Secret(secrets.token_urlsafe(32))


def _file(settings: RedressSettings) -> Path:
    path = settings.data_folder / FILE_NAME
    if path.exists() and path.stat().st_mode & 0o077 and path.stat().st_uid == os.geteuid():
        path.chmod(FILE_MODE)
    return path
