"""What is said when a server cannot be had."""


class ServerUnavailable(RuntimeError):
    """A real server is missing; the message says how to get it."""
