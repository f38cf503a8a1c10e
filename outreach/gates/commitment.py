"""Words that promise or press: price, discount, offer, urgency, scope. A person decides about them (mission.md 5.2).

What the approved template itself says does not count; a number or date that was changed against it does. An amount of
money or a percentage that replaces another one stops the message: no draft changes a price. One that is newly
mentioned, with nothing to compare it to, goes to a person.
"""

# ruff: noqa: E501 - a phrase stays on one line, so that the tables can be read and searched

import re

from outreach.gates.amounts import changed_amounts, has_money, money_places
from outreach.gates.facts import BODY, SUBJECT, Finding, MessageFacts, Span, quoted_words
from outreach.gates.phrasebook import own_findings
from outreach.gates.phrases import find, fold, merged, phrases
from outreach.states import Severity

ID = "commitment"

_DAY = (
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow|tonight|today|noon"
    r"|(?:the )?end of (?:the |this |next )?(?:day|week|month|quarter|year|business)|next (?:week|month)"
)
_MONTH = r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
_WILL = r"(?:we|i)(?:'ll| will| can| shall| could)(?: also| certainly| definitely| gladly| happily)*"

WORDS = phrases(
    ("*%", r"\d+(?:[.,]\d+)? ?%"),
    ("percent", r"\d+(?:[.,]\d+)? percent"),
    ("cent", r"\d+(?:[.,]\d+)? per cent"),
    ("prozent", r"\d+(?:[.,]\d+)? prozent"),
    ("half", r"half[ -](?:price|off)|half the price"),
    ("off", r"\d+ off|money off"),
    ("discount", r"discount(?:s|ed|ing)?"),
    ("pric", r"(?:\w+-)?pric(?:e|es|ed|ing)(?: (?:cut|drop|reduction|match|increase|rise|guarantee|freeze|list)s?)?"),
    ("rate", r"(?:special|better|lower|reduced|new|best|introductory|exclusive|preferred|discounted) rates?"),
    ("deal", r"(?:special|better|new|best|exclusive|great|good|real) deal"),
    ("terms", r"(?:special|better|new|best|different|flexible) (?:payment )?terms"),
    ("cheaper", r"cheaper"),
    ("offer", r"offer(?:s|ed|ing|ings)?"),
    ("voucher", r"vouchers?"),
    ("coupon", r"coupons?"),
    ("promo", r"promo(?:s|tion|tions|tional)?(?: codes?)?"),
    ("gift", r"gift (?:card|certificate)s?"),
    ("refund", r"refund(?:s|ed|able)?"),
    ("money", r"money[- ]back"),
    ("complimentary", r"complimentary"),
    ("house", r"on the house"),
    ("waiv", r"waiv(?:e|ed|ing)"),
    ("cost", r"(?:no|without|zero)(?: any)?(?: extra| additional| hidden| further)* costs?"),
    ("charge", r"(?:no|without|free of)(?: any)?(?: extra| additional| hidden| further)* charges?"),
    ("fee", r"(?:no|without|zero)(?: any)?(?: extra| additional| hidden| further| setup)* fees?"),
    (
        "free",
        r"(?<![-])(?<!feel\s)(?<!you\s)(?<!you\sbe\s)(?<!i\x27m\s)(?<!i\sam\s)(?<!we\x27re\s)(?<!we\sare\s)(?<!you\x27re\s)(?<!you\sare\s)"
        r"free\b(?!-)(?! (?:to\b|on|at\b|this|next|tomorrow|today|for a|time|moment|minute|slot|hour|afternoon|morning|evening"
        r"|between|around|before|after|later|in the))",
    ),
    ("until|till", rf"(?:only|just|valid|open|good|available) (?:until|till)(?: (?:{_DAY}|\S+))?"),
    ("until", rf"until (?:{_DAY}|{_MONTH}|\d)\w*"),
    ("limited", r"limited(?:[ -](?:time|offer|places|spots|seats|number|availability|edition))*"),
    (
        "only",
        r"only (?:\d+|one|two|three|four|five|a few|a handful)(?: \w+)? (?:left|remain(?:ing)?|spots|places|seats|days)",
    ),
    ("last", r"last (?:few |remaining )?(?:places?|spots?|seats?|remaining)"),
    ("expir", r"expir(?:e|es|ed|ing|y)"),
    ("ends|ending|closes|closing", rf"(?:ends|ending|closes|closing) (?:soon|on|in|{_DAY})"),
    ("deadline", r"deadlines?"),
    ("urgent", r"urgent(?:ly)?"),
    ("urgency", r"urgency"),
    ("hurry", r"hurry"),
    ("act", r"act (?:now|fast|today|quickly|soon)"),
    ("soon", r"as soon as possible"),
    ("asap", r"asap"),
    ("right", r"right away|right now"),
    ("immediately", r"immediately"),
    ("today", r"today only"),
    ("last", r"while (?:stocks?|supplies|it|they) lasts?"),
    ("running", r"running out"),
    ("sensitive", r"time[- ]sensitive"),
    ("by", rf"by (?:{_DAY}|{_MONTH}|(?:the )?\d{{1,2}}(?:st|nd|rd|th)\b)(?: \d{{1,2}})?"),
    ("guarant", r"guarant(?:ee|ees|eed|eeing)"),
    ("promis", r"promis(?:e|es|ed|ing)"),
    ("commit", r"(?:we|i)(?:'ll| will)? commit(?: to)?"),
    (
        "deliver|finish|complete|ship|launch|install|build|include|add",
        rf"{_WILL} (?:deliver|finish|complete|ship|launch|install|build|include|add)(?: by)?",
    ),
    (
        "throw|extend|match|beat|reduce|lower|upgrade|provide",
        rf"{_WILL} (?:throw in|extend|match|beat|reduce|lower|upgrade|provide)",
    ),
    ("ready|done|live", rf"{_WILL} have (?:it|this|that|everything) (?:ready|done|live)(?: by)?"),
    ("do", rf"{_WILL} do (?:it|this|that) for"),
    (
        "delivered|finished|ready|completed|live|installed|done",
        rf"will be (?:delivered|finished|ready|completed|live|installed|done) (?:by|within|in|on|before|{_DAY})",
    ),
    ("unlimited", r"unlimited"),
    ("extra|further|additional", r"at no (?:extra|further|additional)"),
    ("includ", r"includ(?:e|es|ed|ing) (?:in the price|at no|for free|everything)"),
    # German, French, Spanish, Dutch
    ("*rabatt", r"(?:\w*)rabatte?n?"),
    ("kostenlos", r"kostenlos(?:e[nrsm]?)?"),
    ("kostenfrei", r"kostenfrei(?:e[nrsm]?)?"),
    ("gratis", r"gratis"),
    ("*angebot", r"\w*angebote?[ns]?"),
    ("*preis", r"\w*preise?[ns]?"),
    ("nur", r"nur (?:noch )?bis"),
    ("befristet", r"befristet(?:e[nrsm]?)?"),
    ("garantier", r"garantier\w*"),
    ("kosten", r"ohne (?:zusätzliche |weitere |extra )?kosten"),
    ("remise", r"remises?"),
    ("gratuit", r"gratuit\w*"),
    ("offre", r"offres?"),
    ("garanti", r"garanti\w*"),
    ("frais", r"sans frais"),
    ("durée", r"durée limitée"),
    ("jusqu", r"jusqu'au"),
    ("prix", r"prix"),
    ("descuento", r"descuentos?"),
    ("gratuit", r"gratuit[oa]s?"),
    ("oferta", r"ofertas?"),
    ("garantiz", r"garantiz\w*"),
    ("precio", r"precios?"),
    ("cost", r"sin cost[eo]s?"),
    ("tiempo", r"tiempo limitado"),
    ("*korting", r"\w*korting(?:en)?"),
    ("aanbieding", r"aanbieding(?:en)?"),
    ("garan", r"garand\w*|garantie"),
    ("*prij", r"\w*prij(?:s|zen)"),
    ("kosten", r"zonder (?:extra )?kosten"),
    ("alleen", r"alleen tot"),
)

_DATE = re.compile(
    rf"(?<!\w)(?:\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?|\d{{4}}-\d\d-\d\d"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow|today|tonight"
    rf"|(?:in|of|by|until|since|before|after|on)\s+{_MONTH})(?!\w)"
)
_NUMBER = re.compile(
    r"(?<![\w])\d(?:[\d.,:/]*\d)?(?!\w)"
    r"|(?<!\w)(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|thirty)\s+"
    r"(?:minutes?|hours?|days?|weeks?|months?|years?|sessions?|lessons?|classes|seats?|users?|people|pages?|rounds?)(?!\w)"
)


def check(facts: MessageFacts) -> list[Finding]:
    """Block a changed amount; ask for review of promising or pressing words that the approved template does not say.

    What was changed is measured against the approved text and against the evidence.
    """
    # Untouched: what stands in the approved text as a whole has nothing of its own in it.
    touched = facts.touched_fields()
    if not touched:
        return []
    approved = " ".join(fold(facts.approved_text).text.split())
    changed = _joined(changed_amounts(facts, [field for field, _ in touched]))
    spans: list[Span] = []
    for field, text in touched:
        folded = fold(text)
        places = find(WORDS, text)
        if has_money(folded, text):
            places += [folded.span(start, end) for start, end in money_places(folded.text)]
        places = merged([place for place in merged(places) if not _says(approved, text[place[0] : place[1]])])
        spans += [Span(field, start, end) for start, end in places]
    if approved:
        spans += _changed(facts, approved)
    spans = [span for span in _joined(spans) if not any(_overlap(span, amount) for amount in changed)]
    findings: list[Finding] = []
    if changed:
        message = (
            f"{quoted_words(facts, changed)} is another amount than the approved text or the evidence names."
            " Put the right one back, or take it out."
        )
        findings.append(Finding(ID, Severity.BLOCK, message, tuple(changed)))
    if spans:
        message = (
            f"{quoted_words(facts, spans)} may change or promise a price, an offer, a date or the scope."
            " Check that we stand by it, or take it out."
        )
        findings.append(Finding(ID, Severity.REVIEW, message, tuple(spans)))
    return [*findings, *_own(facts, approved)]


def _own(facts: MessageFacts, approved: str) -> list[Finding]:
    """What managers' phrases find, except in the approved template's own words."""
    texts = dict(facts.fields())
    found: list[Finding] = []
    for one in own_findings(ID, facts):
        kept = tuple(span for span in one.spans if not _says(approved, texts[span.field][span.start : span.end]))
        if kept:
            found.append(Finding(ID, one.severity, one.message, kept))
    return found


def _overlap(one: Span, other: Span) -> bool:
    return one.field == other.field and one.start < other.end and other.start < one.end


def _joined(spans: list[Span]) -> list[Span]:
    """One span where several overlap: an amount is not marked once as an amount and once as a number."""
    return [
        Span(field, start, end)
        for field in (SUBJECT, BODY)
        for start, end in merged((span.start, span.end) for span in spans if span.field == field)
    ]


def _says(approved: str, words: str) -> bool:
    """Whether the approved text says exactly these words: 10 % is not covered by 110 %."""
    sought = " ".join(fold(words).text.split())
    position = approved.find(sought)
    while position >= 0:
        before = approved[position - 1 : position]
        after = approved[position + len(sought) : position + len(sought) + 2]
        starts = not (before[-1:].isalnum() and sought[0].isalnum()) and not (
            before in {".", ","} and sought[0].isdigit()
        )
        goes_on = (after[:1].isalnum() and sought[-1].isalnum()) or (
            after[:1] in {".", ","} and after[1:].isdigit() and sought[-1].isdigit()
        )
        if starts and not goes_on:
            return True
        position = approved.find(sought, position + 1)
    return False


def _changed(facts: MessageFacts, approved: str) -> list[Span]:
    """Numbers and dates that stand where the approved text had others: one is new while one of its kind is gone."""
    spans: list[Span] = []
    texts = [(field, fold(text)) for field, text in facts.fields()]
    for kind in (_DATE, _NUMBER):
        said = {" ".join(match[0].split()) for match in kind.finditer(approved)}
        if not said:
            continue
        now = [(field, folded, match) for field, folded in texts for match in kind.finditer(folded.text)]
        kept = {" ".join(match[0].split()) for _, _, match in now}
        if said - kept:
            spans += [
                Span(field, *folded.span(*match.span()))
                for field, folded, match in now
                if " ".join(match[0].split()) not in said
            ]
    return spans
