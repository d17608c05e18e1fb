"""What goes wrong with embedded servers, in words for the person who started them."""


class EmbeddedServerError(RuntimeError):
    """An embedded server cannot run here; the message says why and what to do about it."""
