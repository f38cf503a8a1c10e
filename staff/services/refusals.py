"""What a service answers when it did not do what was asked."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818  an answer to a person, not a fault
    """It was not done. ``sentence`` says why, and what to do, to the person who asked."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
