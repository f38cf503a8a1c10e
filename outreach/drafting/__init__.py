"""Texts by a language model, where one is set up: from approved wording and the given evidence, and nothing else.

Off unless `LLM_URL` and `LLM_MODEL` are set. The packages it needs are not among those that everybody installs:
`pip install -r requirements-llm.txt`. Nothing outside `asking` imports them.
"""

from outreach.drafting.asking import Asked, ask, is_on, second_opinion, what_is_missing
from outreach.drafting.judging import why_not_use
from outreach.drafting.material import Answer, Claim, Material, Piece, material_of

__all__ = [
    "Answer",
    "Asked",
    "Claim",
    "Material",
    "Piece",
    "ask",
    "is_on",
    "material_of",
    "second_opinion",
    "what_is_missing",
    "why_not_use",
]
