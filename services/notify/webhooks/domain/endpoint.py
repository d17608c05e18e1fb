"""A shop's address for webhooks: where, for which types of message, signed with which secrets, and whether it is well.

    active ──failing──▶ active, failing ──recovered──▶ active
       │                     │ days later
       └──────disabled◀──────┘ ──enabled──▶ active        active, disabled ──removed──▶ removed

Whether it is *failing* is noted once, not with each try. A secret that was replaced stays good for a while: each delivery is then
signed with both.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from chassis.aggregate import Aggregate, Created, Event, event, stream_id
from chassis.errors import Refusal


class EndpointState(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"
    REMOVED = "removed"


class EndpointRemoved(Refusal):
    code = "webhook-removed"
    title = "This webhook was removed"


class EndpointDisabled(Refusal):
    code = "webhook-disabled"
    title = "This webhook is disabled; enable it first"


QUIET_GRAIN = timedelta(seconds=10)
"""Many messages that are refused at once ask for the same quiet: what is longer by less is not noted again."""

BY_SHOP, BY_FAILING, BY_RECEIVER = "by_shop", "failing", "gone"
"""Why an endpoint is disabled: the shop said so, it did not answer for days, or it answered 410 Gone."""


class Endpoint(Aggregate):
    """See the module. `types` empty: every type."""

    TOPIC = "notify.Endpoint"

    class Registered(Created):
        """`secret_reference`: into the vault."""

        TOPIC = "notify.Endpoint.Registered"
        PRIVATE = True
        shop_id: str
        endpoint_id: UUID
        url: str
        types: tuple[str, ...]
        secret_reference: str

    class Changed(Event):
        TOPIC = "notify.Endpoint.Changed"
        PRIVATE = True
        url: str
        types: tuple[str, ...]

    class SecretReplaced(Event):
        """The secret before this one stays good until `earlier_until`."""

        TOPIC = "notify.Endpoint.SecretReplaced"
        PRIVATE = True
        secret_reference: str
        earlier_until: datetime

    class Failing(Event):
        TOPIC = "notify.Endpoint.Failing"
        reason: str

    class Recovered(Event):
        TOPIC = "notify.Endpoint.Recovered"
        PRIVATE = True

    class QuietAsked(Event):
        """It wants to hear nothing until then."""

        TOPIC = "notify.Endpoint.QuietAsked"
        PRIVATE = True
        until: datetime

    class FailuresSeen(Event):
        """Somebody of the staff knows what was given up so far, and leaves it at that."""

        TOPIC = "notify.Endpoint.FailuresSeen"
        PRIVATE = True
        staff: str

    class Disabled(Event):
        TOPIC = "notify.Endpoint.Disabled"
        reason: str

    class Enabled(Event):
        TOPIC = "notify.Endpoint.Enabled"
        PRIVATE = True

    class Removed(Event):
        TOPIC = "notify.Endpoint.Removed"
        PRIVATE = True
        was_disabled: bool

    @event(Registered)
    def __init__(self, shop_id: str, endpoint_id: UUID, url: str, types: tuple[str, ...], secret_reference: str) -> None:
        self.shop_id = shop_id
        self.url = url
        self.types = types
        self.state = EndpointState.ACTIVE
        self.failing_since: datetime | None = None
        self.reason: str | None = None
        self.secret_reference = secret_reference
        self.earlier_reference: str | None = None
        self.earlier_until: datetime | None = None
        self.quiet_until: datetime | None = None

    @staticmethod
    def create_id(shop_id: str, endpoint_id: UUID) -> UUID:
        return stream_id(shop_id, "webhook", endpoint_id)

    @property
    def slot_key(self) -> str:
        return str(self.id)

    @property
    def is_active(self) -> bool:
        return self.state is EndpointState.ACTIVE

    def wants(self, type_name: str) -> bool:
        """Whether messages of this type are posted here."""
        return self.is_active and (not self.types or type_name in self.types)

    def references(self, now: datetime) -> tuple[str, ...]:
        """The secrets to sign with now, the newest first."""
        if self.earlier_reference is None or self.earlier_until is None or now >= self.earlier_until:
            return (self.secret_reference,)
        return (self.secret_reference, self.earlier_reference)

    def change(self, *, url: str, types: tuple[str, ...]) -> None:
        """Post to another address, or other types; raises EndpointRemoved."""
        self._expect_present()
        if (url, types) != (self.url, self.types):
            self._changed(url=url, types=types)

    @event(Changed)
    def _changed(self, url: str, types: tuple[str, ...]) -> None:
        self.url = url
        self.types = types

    def replace_secret(self, *, secret_reference: str, earlier_until: datetime) -> None:
        """Sign with a new secret, and with the one before until then; raises EndpointRemoved."""
        self._expect_present()
        self._secret_replaced(secret_reference=secret_reference, earlier_until=earlier_until)

    @event(SecretReplaced)
    def _secret_replaced(self, secret_reference: str, earlier_until: datetime) -> None:
        self.earlier_reference, self.secret_reference = self.secret_reference, secret_reference
        self.earlier_until = earlier_until

    def note_failing(self, *, reason: str) -> bool:
        """Note that it does not take what is posted; whether that is new."""
        if not self.is_active or self.failing_since is not None:
            return False
        self._failing(reason=reason)
        return True

    @event(Failing)
    def _failing(self, reason: str) -> None:
        self.failing_since = self.modified_on
        self.reason = reason

    def note_success(self) -> bool:
        """Note that it takes what is posted; whether that is new."""
        if self.failing_since is None:
            return False
        self._recovered()
        return True

    @event(Recovered)
    def _recovered(self) -> None:
        self.failing_since = None
        self.reason = None

    def keep_quiet(self, until: datetime) -> None:
        """Post nothing new there until then."""
        if self.is_active and (self.quiet_until is None or until > self.quiet_until + QUIET_GRAIN):
            self._quiet_asked(until=until)

    @event(QuietAsked)
    def _quiet_asked(self, until: datetime) -> None:
        self.quiet_until = until

    def earliest(self, at: datetime) -> datetime:
        """When something that could be posted at that time may be, by what the endpoint has asked for."""
        return at if self.quiet_until is None else max(at, self.quiet_until)

    def see_failures(self, *, staff: str) -> None:
        """What was given up so far needs nobody any more; raises EndpointRemoved."""
        self._expect_present()
        self._failures_seen(staff=staff)

    @event(FailuresSeen)
    def _failures_seen(self, staff: str) -> None:
        """Of use to people only."""

    def disable(self, *, reason: str) -> bool:
        """Post nothing there any more, until it is enabled; whether that is new."""
        if self.is_active:
            self._disabled(reason=reason)
            return True
        return False

    @event(Disabled)
    def _disabled(self, reason: str) -> None:
        self.state = EndpointState.DISABLED
        self.reason = reason

    def enable(self) -> None:
        """Post there again, as if it had never failed; raises EndpointRemoved."""
        self._expect_present()
        if not self.is_active:
            self._enabled()

    @event(Enabled)
    def _enabled(self) -> None:
        self.state = EndpointState.ACTIVE
        self.quiet_until = None
        self.failing_since = None
        self.reason = None

    def remove(self) -> None:
        """Forget it; removed already: nothing."""
        if self.state is not EndpointState.REMOVED:
            self._removed(was_disabled=not self.is_active)

    @event(Removed)
    def _removed(self, was_disabled: bool) -> None:
        self.state = EndpointState.REMOVED

    def _expect_present(self) -> None:
        if self.state is EndpointState.REMOVED:
            raise EndpointRemoved()
