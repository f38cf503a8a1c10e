"""The one way a service of contacts says no."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818  read as "refused: <sentence>" where it is caught
    """Nothing was written. ``sentence`` says why and what to do, fit to be shown to a person."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
