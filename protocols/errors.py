"""What a signed message can be refused for. Every class has a stable `code`; none repeats a value of the
message.

The texts name the field at most: a notice or reply can carry personal data, and its sender may be anybody.
"""


class ProtocolError(Exception):
    """A message from outside that cannot be accepted."""

    code = "protocol_error"


class EmptyKey(ProtocolError):
    """The key to sign or verify with is empty: with an empty key everybody can compute a valid signature."""

    code = "empty_key"


class UnusableKey(ProtocolError):
    """The configured text is not an RSA key of the kind needed."""

    code = "unusable_key"


class ForgedNotice(ProtocolError):
    """The signature does not belong to this content and this key."""

    code = "forged_notice"


class StaleNotice(ProtocolError):
    """Rightly signed, but dated outside the window around our clock: a replay, or a clock that is wrong."""

    code = "stale_notice"


class UnknownSigner(ProtocolError):
    """It names a key that is none of those we hold: a forgery, or the provider has a new key that the settings lack."""

    code = "unknown_signer"


class UndecipherableNotice(ProtocolError):
    """Rightly signed, but our key does not open it: it is another merchant's, or our key is not the one that was set at the provider."""

    code = "undecipherable_notice"


class WrongSeller(ProtocolError):
    """Rightly signed, but for another merchant account than ours."""

    code = "wrong_seller"


class WrongApp(ProtocolError):
    """Rightly signed, but for another application than ours."""

    code = "wrong_app"


class ForgedReply(ProtocolError):
    """An answer whose signature is absent or does not belong to its content."""

    code = "forged_reply"


class UnexpectedStatus(ProtocolError):
    """An answer whose HTTP status says that it is none to our question."""

    code = "http_status"


class _FieldError(ProtocolError):
    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class MalformedForm(_FieldError):
    """Form or query text that is not UTF-8, not a list of pairs, or names `field` twice."""

    code = "malformed_form"


class MalformedNotice(_FieldError):
    """`field` is missing or not of its format."""

    code = "malformed_notice"


class MalformedReply(_FieldError):
    """`field` is missing or not of its format; "body" where the answer as a whole cannot be read."""

    code = "malformed_reply"


class ReplyMismatch(_FieldError):
    """A readable answer to another question than ours: `field` (order number, merchant) differs from what was asked."""

    code = "reply_mismatch"
