"""Nothing of the form may be left in the letter: placeholders, blanks to fill in, a greeting without a name."""

import re

from contacts.states import Channel
from outreach.gates.facts import BODY, Finding, MessageFacts, Span, quoted_words
from outreach.gates.phrases import merged
from outreach.rendering import UNSUBSCRIBE_TOKEN
from outreach.states import Severity

ID = "unfilled"

_LEFT_OVERS = re.compile(
    r"""
      \{{1,3}\s*[^{}\n]{0,80}\}{1,3}                      # {first_name}, {{ first_name }}
    | \{\s*\w[\w |]{0,40}                                 # {first_name
    | \b\w{1,40}\}                                        # first_name}
    | \[\[[^\[\]\n]{0,80}\]\]                             # [[link]]
    | \[(?:insert|your|their|first|last|full|company|contact|customer|name|date|link|price|product|amount|city|role)
        \b[^\[\]\n]{0,60}\]                               # [company name]
    | <[A-Za-z][\w -]{0,40}>                           # <name>
    | (?<![\d%])%[A-Za-z_]{2,40}%                         # %NAME%
    | \*\|[A-Z_:]{2,40}\|\*                               # *|FNAME|*
    | \bX{3,}\b
    | _{4,}
    | \blorem\ ipsum\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
# Every left-over holds one of these; most texts hold none but the unsubscribe mark.
_MARKS = ("{", "}", "[", "<", "%", "*|", "____", "xxx", "lorem")
_LINE_START = re.compile(r"^", re.MULTILINE)
_GREETING = (
    r"(?:dear|hello|hi|hey|good (?:morning|afternoon|evening)|hallo|guten tag|liebe[r]?"
    r"|sehr geehrte[r]?(?: frau| herr)?|bonjour|cher|chère|hola|estimad[oa]|beste|geachte|dag)"
)
_NEEDS_NAME = r"(?:dear|liebe[r]?|sehr geehrte[r]?(?: frau| herr)?|cher|chère|estimad[oa]|geachte)"
_NO_NAME = r"(?:none|null|nil|undefined|nan|n/?a|unknown|first ?name|name|customer|info)"
_BLANK = r"[^\S\n]"
_EMPTY_GREETING = re.compile(
    rf"{_BLANK}*(?:{_GREETING}{_BLANK}+[,:;.!](?!\w)"
    rf"|{_NEEDS_NAME}{_BLANK}*(?:[,:;]|$)"
    rf"|{_GREETING}{_BLANK}+{_NO_NAME}\b{_BLANK}*[,:;.!]?(?={_BLANK}*$|{_BLANK}*[,:;.!]))",
    re.IGNORECASE | re.MULTILINE,
)


def check(facts: MessageFacts) -> list[Finding]:
    """Block anything that looks like a placeholder; the unsubscribe mark of an e-mail is filled only at sending."""
    spans: list[Span] = []
    for field, text in facts.fields():
        ours = UNSUBSCRIBE_TOKEN if field == BODY and facts.channel == Channel.EMAIL else None
        places: list[tuple[int, int]] = []
        lowered = (text.replace(ours, "") if ours else text).lower()
        if any(mark in lowered for mark in _MARKS):
            places += [match.span() for match in _LEFT_OVERS.finditer(text) if match[0] != ours]
        greetings = (_EMPTY_GREETING.match(text, line.start()) for line in _LINE_START.finditer(text))
        places += [_trimmed(text, *greeting.span()) for greeting in greetings if greeting]
        spans += [Span(field, start, end) for start, end in merged(places)]
    if not spans:
        return []
    message = (
        f"{quoted_words(facts, tuple(spans))} still has to be filled in. Write what belongs there, or take it out."
    )
    return [Finding(ID, Severity.BLOCK, message, tuple(spans))]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    words = text[start:end]
    return start + len(words) - len(words.lstrip()), start + len(words.rstrip())
