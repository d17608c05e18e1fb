"""Bearer tokens of people and shops, and what each may do.

    the installation's operator   everything, in every shop, and the operators' routes of every service (`ops`)
    owner of a shop               everything in the shop
    operator of a shop            everything but taking cards out in the open and the shop's webhooks
    viewer of a shop              looks, and changes nothing
    a shop's own scripts          orders and payments, stock to look at, the shop's webhooks
    a supplier of a shop          its own claims there, to look at and to answer

They stand in the settings. An installation on embedded servers that was given none makes its own at the first start and keeps them in
`<data folder>/tokens.json` (0600), where the commands of this machine find them.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from chassis.embedded.kept import keep, read_kept
from chassis.secret import Secret
from chassis.tokens import SUPPLIER_KIND, Principal
from redress.errors import UserError
from redress.settings import RedressSettings, Role, StaffSettings

OPERATOR = "staff"
"""What the operator of the whole installation is called."""

STAFF_SCOPES = frozenset(
    {
        "ops",
        "orders:read",
        "orders:connect",
        "inventory:read",
        "inventory:write",
        "needs:write",
        "cards:export",
        "claims:read",
        "claims:write",
        "deposits:write",
        "webhooks:read",
        "webhooks:write",
        "settlements:read",
        "settlements:write",
        "settlements:pay",
    }
)
SHOP_SCOPES = frozenset({"orders:write", "orders:read", "inventory:read", "webhooks:read", "webhooks:write"})
OWNERS_ONLY = frozenset({"cards:export", "webhooks:write"})
FILE_NAME = "tokens.json"
FILE_MODE = 0o600


@dataclass(frozen=True)
class Keyring:
    """The token of the installation's operator, one for each shop, and those of the shops' people by name; `repr` shows none."""

    staff: Secret | None
    shops: dict[str, Secret]
    people: dict[str, StaffSettings] = field(default_factory=dict)
    added: tuple[str, ...] = ()
    """Shops that `redress shop add` made; the settings may name more."""
    suppliers: Mapping[str, Mapping[str, Secret]] = field(default_factory=dict)
    """Tokens of suppliers, by shop and supplier code."""

    def principals(self) -> tuple[tuple[Secret, Principal], ...]:
        """Each token with whom it stands for."""
        found = [(token, Principal(shop_id, "shop", SHOP_SCOPES)) for shop_id, token in self.shops.items()]
        if self.staff is not None:
            found.append((self.staff, Principal(OPERATOR, "staff", STAFF_SCOPES)))
        found += [
            (person.token, Principal(name, "staff", scopes_of(person.role), frozenset(person.shops)))
            for name, person in self.people.items()
        ]
        found += [
            (token, Principal(code, SUPPLIER_KIND, frozenset(), frozenset({shop_id})))
            for shop_id, tokens in self.suppliers.items()
            for code, token in tokens.items()
        ]
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


def scopes_of(role: Role) -> frozenset[str]:
    """What the people of a shop may do, by their role."""
    everything = STAFF_SCOPES - {"ops"}
    match role:
        case "owner":
            return everything
        case "operator":
            return everything - OWNERS_ONLY
        case "viewer":
            return frozenset(scope for scope in everything if scope.endswith(":read"))


def known_tokens(settings: RedressSettings) -> Keyring:
    """The tokens of the settings, and for those not given the ones kept in the data folder."""
    kept = read_kept(_file(settings)) if settings.postgres_dsn is None and _file(settings).exists() else {}
    shops = {shop_id: Secret(token) for shop_id, token in kept.get("shops", {}).items()}
    staff = Secret(kept["staff"]) if "staff" in kept else None
    added = tuple(kept.get("added", ()))
    people = {name: msgspec.convert(person, StaffSettings, dec_hook=_secret) for name, person in kept.get("people", {}).items()}
    full = Keyring(
        settings.staff_token or staff, {**shops, **settings.shop_tokens}, {**people, **settings.staff}, added, settings.supplier_tokens
    )
    return _checked(full)


def tokens_made_once(settings: RedressSettings, shop_ids: Iterable[str]) -> Keyring:
    """The tokens of an installation on embedded servers: missing ones are made and kept."""
    known = known_tokens(settings)
    missing = [shop_id for shop_id in shop_ids if shop_id not in known.shops]
    if known.staff is not None and not missing:
        return known
    return _kept(settings, replace(known, shops={**known.shops, **{shop_id: _fresh() for shop_id in missing}}))


def with_shop(settings: RedressSettings, shop_id: str, people: Mapping[str, Role]) -> Keyring:
    """The tokens of an installation on embedded servers with one more shop and its people, kept; raises UserError.

    People who are known already are admitted to the shop as well, in the role that they have.
    """
    known = known_tokens(settings)
    admitted = dict(known.people)
    for name, role in people.items():
        person = admitted.get(name) or StaffSettings(token=_fresh(), role=role, shops=(shop_id,))
        if person.role != role:
            raise UserError(f"{name} is {person.role} already; a person has one role.")
        admitted[name] = msgspec.structs.replace(person, shops=tuple(dict.fromkeys((*person.shops, shop_id))))
    shops = {**known.shops, shop_id: known.shops.get(shop_id) or _fresh()}
    return _kept(settings, _checked(replace(known, shops=shops, people=admitted, added=tuple(dict.fromkeys((*known.added, shop_id))))))


def _checked(keyring: Keyring) -> Keyring:
    """Names go into stored answers' keys, so nobody of the staff is called as the operator or as a shop is."""
    taken = {OPERATOR, *keyring.shops} & keyring.people.keys()
    if taken:
        raise UserError(f"One of the staff cannot be called {', '.join(sorted(taken))}: the operator or a shop is called so.")
    return keyring


def _kept(settings: RedressSettings, keyring: Keyring) -> Keyring:
    full = replace(keyring, staff=keyring.staff or _fresh())
    keep(
        _file(settings),
        {
            "staff": full.staff.reveal() if full.staff else "",
            "shops": {name: token.reveal() for name, token in full.shops.items()},
            "added": list(full.added),
            "people": {
                name: {"token": person.token.reveal(), "role": person.role, "shops": list(person.shops)}
                for name, person in full.people.items()
            },
        },
    )
    return full


def _secret(_kind: type, value: str) -> Secret:
    return Secret(value)


def _fresh() -> Secret:
    return Secret(secrets.token_urlsafe(32))


def _file(settings: RedressSettings) -> Path:
    path = settings.data_folder / FILE_NAME
    if path.exists() and path.stat().st_mode & 0o077 and path.stat().st_uid == os.geteuid():
        path.chmod(FILE_MODE)
    return path
