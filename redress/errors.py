"""What a person did or can mend: told in words on standard error, with a non-zero exit, never as a traceback."""

from __future__ import annotations


class UserError(Exception):
    """A command cannot do what it was asked; the message says why and, where there is one, what to do about it."""
