"""Pure rules of the workbench: what an edit changed, where something stands in a queue, and what many may be."""

from reviews.rules.diffs import MOST_COMPARISONS, Change, word_diff
from reviews.rules.places import QueuePlace, place_from_text, place_to_text
from reviews.rules.ranking import A_POINT, due_in_words, position_in_words, weight_in_words

__all__ = [
    "A_POINT",
    "MOST_COMPARISONS",
    "Change",
    "QueuePlace",
    "due_in_words",
    "place_from_text",
    "place_to_text",
    "position_in_words",
    "weight_in_words",
    "word_diff",
]
