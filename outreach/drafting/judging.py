"""Whether a language model's answer may become a draft. It is trusted in nothing. Pure."""

from __future__ import annotations

import re

from outreach.drafting.material import Answer, Material
from outreach.rendering import UNSUBSCRIBE_TOKEN, core_span, plain_words

LONGEST_BODY = 4000  # characters
LONGEST_SUBJECT = 120
_LINK = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|io|co|example|de|uk|fr|app|dev|me|info|biz|ru|cn|xyz|link|ly)\b\S*",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_PHONE = re.compile(r"\+?\d[\d ()/.-]{6,}\d")
_FIGURE = re.compile(r"\d+(?:[.,:/]\d+)*|[$€£¥₹%]")
_MARKUP = re.compile(
    r"</?[a-z!][^<>]{0,200}>|\[[^\]\n]{1,200}\]\([^)\n]{1,300}\)|```|\{\{|\}\}|\[\[|\]\]", re.IGNORECASE
)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def why_not_use(answer: Answer, material: Material) -> str | None:
    """Why this answer is refused, in words for the reviewer; None when the gates may look at it.

    Whatever is cited must have been given, and what could do harm (links, figures, addresses, numbers) must stand in
    the approved wording: the evidence holds other people's words, and a figure of theirs is no offer of ours.
    """
    body, subject = answer.body.strip(), answer.subject.strip()
    whole = f"{subject}\n{body}"
    if not body:
        return "The language model wrote nothing."
    if len(body) > LONGEST_BODY or len(subject) > LONGEST_SUBJECT:
        return "The language model wrote far too much."
    if _INVISIBLE.search(whole) or _MARKUP.search(whole):
        return "The language model's text held markup or invisible characters."
    given = {piece.id for piece in material.pieces}
    cited = {*answer.evidence_ids, *(claim.evidence_id for claim in answer.claims)}
    if unknown := sorted(cited - given):
        return f"The language model cited evidence that it was not given ({', '.join(unknown)[:80]})."
    if answer.reason_used != (material.reason_id or "close_loop"):
        return "The language model wrote for another reason than the one given."
    if given and not answer.evidence_ids:
        return "The language model did not say which evidence it used."
    approved = material.approved_text.replace(UNSUBSCRIBE_TOKEN, "")
    for pattern, words in (
        (_ADDRESS, "an e-mail address"),
        (_LINK, "a link"),
        (_PHONE, "a telephone number"),
        (_FIGURE, "a figure"),
    ):
        ours = _found(pattern, approved)
        if new := sorted(_found(pattern, whole) - ours):
            return f"The language model wrote {words} that the approved wording does not have (“{new[0][:60]}”)."
    if core_span(body)[0] > 0:
        return "The language model wrote a greeting of its own."
    if material.word_limit and plain_words(material.body_with(body)) > material.word_limit:
        return f"The language model wrote more than {material.word_limit} words."
    return None


def _found(pattern: re.Pattern[str], text: str) -> set[str]:
    return {found.group().rstrip(".,;:!?)").casefold() for found in pattern.finditer(text)}
