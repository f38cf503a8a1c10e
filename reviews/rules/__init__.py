"""Pure rules of the workbench: what an edit changed, where something stands in a queue, and what many may be."""

from reviews.rules.diffs import MOST_COMPARISONS, Change, count_changed, count_words, word_diff
from reviews.rules.many import MOST_AT_ONCE, THE_RULE, Candidate, missing_reads, why_alone, why_not_together
from reviews.rules.places import QueuePlace, place_from_text, place_to_text
from reviews.rules.ranking import A_POINT, due_in_words, position_in_words, weight_in_words

__all__ = [
    "A_POINT",
    "MOST_AT_ONCE",
    "MOST_COMPARISONS",
    "THE_RULE",
    "Candidate",
    "Change",
    "QueuePlace",
    "count_changed",
    "count_words",
    "due_in_words",
    "missing_reads",
    "place_from_text",
    "place_to_text",
    "position_in_words",
    "weight_in_words",
    "why_alone",
    "why_not_together",
    "word_diff",
]
