"""No promise in a first message: whoever writes for the first time knows too little to promise (mission.md 5.2).

A promise goes to a person. A guarantee of a price or a result is stopped: nobody can stand by it before they have
talked. It makes no difference here whether the template says it, since its approval does not say that it comes first.
"""

# ruff: noqa: E501 - a phrase stays on one line, so that the tables can be read and searched

from outreach.gates.facts import Finding, MessageFacts, quoted_words
from outreach.gates.phrasebook import own_findings
from outreach.gates.phrases import phrases, spans_of, together
from outreach.states import Severity

ID = "first_promise"

_RESULT = r"(?:results?|success|savings?|growth|returns?|roi|satisfaction|delivery|price|prices|rates?|revenue|leads?|bookings?)"
_GAIN = r"(?:save|sav|gain|earn|double|triple|boost|cut|halve|reduce|grow|increase|win|recover|see (?:results|a return|savings)|get (?:results|more))"

GUARANTEES = together(
    phrases(
        ("guarant", rf"(?:we |i |can |'ll |will |do )*guarantee(?:s|d)?(?: you)?(?: \w+){{0,3}} {_RESULT}"),
        ("guarant", rf"guaranteed (?:\w+ )?{_RESULT}"),
        ("guarant", rf"{_RESULT} (?:is |are )?guaranteed"),
        ("guarant", r"(?:we|i)(?:'ll| will| can| do)? guarantee (?:that )?(?:you|it|this|the|our|your)"),
        ("guarant", r"(?:price|money[- ]back|satisfaction|lowest|best)(?: price)? guarantee"),
        ("money", r"(?:or )?(?:your|all your) money back"),
        ("risk", r"(?:no|zero|without(?: any)?) risk\b(?! of)|risk[- ]free"),
        ("hundred|100", r"(?:100 ?%|a hundred per ?cent) (?:sure|certain|safe|satisfaction|success)"),
        (
            "lowest|best|cheapest",
            r"(?:the )?(?:lowest|best|cheapest) prices? (?:anywhere|on the market|in town|you will find|you'll find)",
        ),
    ),
    phrases(
        (
            "garantier|preisgarantie|geld",
            r"(?:wir|ich) garantiere[n]?|garantiert(?:e[nrsm]?)? (?:\w+ )?(?:erfolg|ersparnis|ergebnis(?:se)?|preise?)|preisgarantie|geld-zurück-garantie",
        ),
        (
            "garanti|satisfait",
            r"(?:nous|je) (?:vous )?garanti(?:ssons|s)|(?:résultat|succès|prix)s? garantis?|satisfait ou remboursé",
        ),
        (
            "garantiz|garantía",
            r"(?:le |les |te )?garantiza(?:mos|do)|garantizo|(?:resultado|éxito|precio)s? garantizados?",
        ),
        (
            "garande|gegarandeerd",
            r"(?:wij|we|ik) garande(?:ren|er)|gegarandeerd(?:e)? (?:\w+ )?(?:resultaat|succes|prijs|besparing)",
        ),
    ),
)
PROMISES = together(
    phrases(
        ("promis", r"(?:i|we)(?:'ll| will| can)? promise"),
        ("assur", r"(?:i|we)(?:'ll| will| can| do)? assure you|rest assured"),
        ("commit", r"(?:i|we)(?:'ll| will)? commit to"),
        ("word", r"you have my word"),
        ("you", rf"you(?:'ll| will| are going to|'re going to)(?: \w+)? {_GAIN}\w*"),
        (
            "we|well|were",
            rf"we(?:'ll| will| are going to|'re going to|(?: can)? help you)(?: \w+)? {_GAIN} (?:you|your|up to|by|at least|\d)",
        ),
        ("will", r"will (?:double|triple|halve|pay for itself|pay itself back|solve all|transform)"),
        ("results", r"(?:see|get|have) results (?:in|within|after|from)"),
        (
            "within|in",
            r"(?:up and running|live|ready|done|finished) (?:in|within) (?:\d+|a|an|one|two|three|four|five|a few) (?:minutes?|hours?|days?|weeks?|months?)",
        ),
        (
            "deliver|finish|install|ship|launch|complete",
            r"(?:we|i)(?:'ll| will| shall)(?: \w+)? (?:deliver|finish|install|ship|launch|complete)",
        ),
        (
            "never|always",
            r"(?:we|i)(?:'ll| will) (?:never|always)|you(?:'ll| will) never (?:have to|need|pay|worry|lose)",
        ),
        ("proven", r"proven to (?:\w+ )?(?:save|cut|reduce|grow|increase|double|boost)"),
        ("certain", r"(?:you can be|i am|we are|i'm|we're) (?:absolutely |quite )?certain that you(?:'ll| will)"),
    ),
    phrases(
        ("versprech|versproch", r"(?:ich|wir) versprech(?:e|en)|versprochen"),
        ("werden|wirst", r"(?:sie|du) (?:werden|wirst) (?:\w+ ){0,5}(?:sparen|verdienen|verdoppeln|gewinnen)"),
        ("prom", r"(?:je|nous) (?:vous |te )?prome(?:ts|ttons)"),
        ("vous", r"vous (?:économiserez|gagnerez|doublerez)"),
        ("promet", r"(?:le |les |te )?promet(?:o|emos)"),
        ("ahorrar|ganar|duplicar", r"(?:usted )?(?:ahorrará|ganará|duplicará)s?"),
        ("belo", r"(?:ik|wij|we) belo(?:of|ven)"),
    ),
)


def check(facts: MessageFacts) -> list[Finding]:
    """Block a guarantee and ask for review of a promise, in a first message only. Quotations of the evidence are free."""
    if not facts.first_message:
        return []
    findings: list[Finding] = []
    stopped = spans_of(GUARANTEES, facts)
    if stopped:
        message = f"{quoted_words(facts, stopped)} guarantees something in a first message. Say what it is, not what it will bring."
        findings.append(Finding(ID, Severity.BLOCK, message, stopped))
    promised = tuple(
        span
        for span in spans_of(PROMISES, facts)
        if not any(span.field == one.field and span.start < one.end and one.start < span.end for one in stopped)
    )
    if promised:
        message = f"{quoted_words(facts, promised)} promises something in a first message. Check that we stand by it, or take it out."
        findings.append(Finding(ID, Severity.REVIEW, message, promised))
    return [*findings, *own_findings(ID, facts)]
