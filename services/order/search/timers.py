"""The patience of a search."""

from __future__ import annotations

from chassis.timer import Timer


class AnswerDue(Timer, frozen=True):
    """A provider that has not answered by now is a person's business; `stream_id` is the search's."""

    NAME = "answer_due"
