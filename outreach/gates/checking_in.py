"""No "just checking in": a message that only asks for attention (mission.md 5.2, and decision rule 4 of the workflow)."""

# ruff: noqa: E501 - a phrase stays on one line, so that the tables can be read and searched

from outreach.gates.facts import Finding, MessageFacts, quoted_words
from outreach.gates.phrasebook import own_findings
from outreach.gates.phrases import BEGIN, END, FULL_STOP, phrases, spans_of, together
from outreach.states import Severity

ID = "checking_in"

# What makes "checking in" the arrival at a desk: then the words are innocent.
_DESK = (
    r"(?! (?:at (?!this point|the moment)|into |online|early|late\b|luggage|bags|guests?\b|desk|time|counter|process|code|app"
    r"|to (?:the|our|your|a|my)\b(?! (?:proposal|quote))|for (?:the|your|my|our|a) (?:flight|class|stay|room|trip|lesson)))"
)
_MAIL = (
    r"(?:e-?mails?|messages?|notes?|texts?|voice ?mails?|calls?|letter|inquiry|enquiry|outreach|thread|conversation)"
)
_EARLIER = r"(?:last|previous|earlier|recent|first|original|prior|below|initial)"
_SOFTLY = r"(?:just|simply|only|merely|quickly|briefly)"
_WISH = rf"(?:wanted|wanting|want|thought i'd|thought i would|would like|'d like|meant|hoping|popping|writing|reaching out|{_SOFTLY})"

ENGLISH = phrases(
    ("checking", rf"{_SOFTLY} checking (?:back )?in\b{_DESK}"),
    (
        "checking",
        rf"(?:i'm|i am|we're|i was|we were) (?:{_SOFTLY} |also )?checking (?:back )?in\b{_DESK}(?= (?:with|on|to|about|regarding|again)\b|{END})",
    ),
    (
        "checking",
        rf"{BEGIN}(?:quickly )?checking (?:back )?in(?: again)?\b{_DESK}(?= (?:with|on|to|about|regarding|again)\b|{END})",
    ),
    (
        "check",
        rf"{_WISH} (?:to )?(?:{_SOFTLY} )?check (?:back )?in\b{_DESK}(?= (?:with|on|to|about|regarding|again|and)\b|{END})",
    ),
    (
        "check",
        r"just (?:a )?(?:quick |little |short |friendly )*check-?(?: )?in\b(?! (?:desk|time|code|app|process|counter))",
    ),
    ("check", rf"{BEGIN}(?:a )?(?:quick|little|friendly) check-?(?: )?in(?= (?:with|on|to|about|regarding)\b|{END})"),
    (
        "follow",
        rf"(?:wanted|want|wanting|like|hoping|writing|meant|{_SOFTLY}) (?:to )?(?:{_SOFTLY} )?follow(?:ing)?[ -]up (?:with you )?(?:again )?(?:on|about|regarding) (?:this|that|it|(?:my|our|the|your) \w+){FULL_STOP}",
    ),
    ("touch", r"touch(?:ing|ed)? bases?\b(?! (?:camp|plate|line|coat))"),
    ("circl", r"circl(?:e|ing|ed) back"),
    (
        "follow",
        rf"{_SOFTLY} (?:wanted to |want to |wanting to )?follow(?:ing|ed)?[ -]up(?= (?:again|with you)\b|{END})",
    ),
    ("follow", rf"{BEGIN}(?:i'm |i am |i was |just |and )*following[ -]up(?: again)?{END}"),
    (
        "follow",
        rf"follow(?:ing|ed)?[ -]up (?:again )?(?:on|to|about|with|regarding) (?:my|our|the|this|that|an) (?:{_EARLIER} )?{_MAIL}"
        rf"(?: (?:below|from|of|sent|i sent|we sent|on|last|earlier|to you|this|week|month|monday|tuesday|wednesday|thursday|friday|yesterday))*{FULL_STOP}",
    ),
    ("follow", rf"follow[ -]?up (?:on|to) my {_EARLIER} {_MAIL}{FULL_STOP}"),
    (
        "update",
        rf"(?:{BEGIN}|is there |are there |do you have |have you (?:got )?|got |wondering if (?:there (?:is|are|was|were) |you had |you have ))any updates?\b(?=[^.!?\n]{{0,80}}(?:\?|$)|{END})",
    ),
    ("news", rf"(?:{BEGIN}|is there |do you have |have you (?:got )?|got )any news\b(?=[^.!?\n]{{0,80}}\?)"),
    ("thoughts", rf"{BEGIN}any thoughts(?: on (?:this|that|it|my (?:{_EARLIER} )?{_MAIL}))?(?=\s*\?)"),
    ("bump", r"bump(?:ing|ed)? (?:this|it|my|that|the (?:thread|e-?mail|message))\b"),
    ("bump", r"(?:a |this )(?:little |quick |gentle |friendly )?bump(?= (?:up|to)\b|\s*[.,!?]|\s*$)"),
    ("gentle", r"gentle (?:nudge|bump|ping|reminder|prod)"),
    ("just", r"just a (?:quick |little |friendly |gentle |short )*(?:nudge|bump|ping|poke|prod)"),
    ("ping", r"(?:just |only )(?:pinging|wanted to ping) you"),
    ("pinging", r"pinging you(?: again| once more)?"),
    (
        "hear",
        r"(?:haven't|have not|hasn't|has not|didn't|did not|never|not|yet to|hadn't) (?:yet |really |actually )?(?:hear|heard)"
        r" (?:(?:anything )?back|(?:anything )?from you)\b(?! from (?:the|our|my|a|an|them|him|her|it)\b)",
    ),
    (
        "reply|response|answer|feedback",
        r"(?:haven't|have not|didn't|did not|never) (?:yet )?(?:received?|got|gotten|get|seen|see|had) (?:back )?"
        r"(?:a|any|your) (?:reply|response|answer|feedback)(?! from (?:the|our|my|a|an|them|him|her|it)\b)",
    ),
    (
        "waiting",
        r"(?:still |i'm |i am |we're |we are |been )(?:still )?waiting (?:to hear(?: back)?(?: from you)?|(?:for|on) (?:your|a|any) (?:reply|response|answer|feedback))",
    ),
    (
        "did",
        rf"did you (?:get|see|receive|read|have (?:a chance|time) to (?:see|read|look at|review)) (?:my|our) (?:{_EARLIER} )?{_MAIL}",
    ),
    (
        "chance",
        rf"(?:had|have|get|got|gotten) (?:a|the) chance to (?:see|read|look at|look over|look through|review) (?:(?:my|our) (?:{_EARLIER} )?{_MAIL}|(?:my|our|the) (?:proposal|quote|estimate|offer))",
    ),
    (
        "sure",
        rf"mak(?:e|ing) sure (?:that )?you (?:saw|got|received|read|have seen) (?:my|our) (?:{_EARLIER} )?{_MAIL}",
    ),
    ("missed", rf"in case you(?:'ve)? missed (?:it|this|my (?:{_EARLIER} )?{_MAIL})"),
    ("inbox", r"(?:top of|back (?:in|into|to)|floating(?: this)?(?: back)? (?:to|up)) (?:the top of )?your inbox"),
    ("buried|lost", r"(?:got|get|gets|been) (?:lost|buried)(?: in your inbox)?(?= in your| under|\s*[.,!?)]|\s*$)"),
    (
        "reach",
        r"(?:just |simply |only )(?:wanted to )?reach(?:ing)? (?:back )?out(?: (?:again|once more|to see|to check))",
    ),
    (
        "stand",
        rf"(?:see|checking|wondering|know|ask) where (?:things|we|you|this) stands?(?= with (?:my|our|this)|{END})",
    ),
)

GERMAN = phrases(
    (
        "nach",
        r"(?:wollte|möchte|will|wollten|möchten) (?:ich |wir )?(?:hiermit |nur |mal |kurz |noch |noch ?mals? |einmal |wieder |einfach |bei ihnen |bei dir )*nach(?:fragen|haken|hören|fassen)",
    ),
    (
        "nach",
        r"(?:frage|hake|höre|fasse) (?:ich )?(?:nur |mal |kurz |noch |noch ?mals? |noch ?mal |einmal |einfach |bei ihnen |bei dir )+nach",
    ),
    (
        "neu",
        r"(?:gibt es|haben sie|hast du) (?:schon |inzwischen |bereits )*(?:etwas |was )?(?:neues|neuigkeiten)(?=[^.!?\n]{0,60}\?)",
    ),
    (
        "antwort|rückmeldung|reaktion|nichts",
        r"(?:noch |bisher |bislang |immer ){1,3}(?:keine (?:antwort|rückmeldung|reaktion)|nichts)(?: (?:von ihnen|von dir))?(?: (?:erhalten|bekommen|gehört))",
    ),
    ("erinner", r"(?:kleine|kurze|freundliche) erinnerung(?= an meine| , dass ich)"),
)
FRENCH = phrases(
    (
        "relanc",
        r"(?:je (?:me permets de )?(?:vous |te )?relance[r]?|petite relance|simple relance|me permets de (?:vous |te )?relancer)",
    ),
    (
        "vers",
        r"je (?:reviens|revenais) (?:simplement |juste )?vers (?:vous|toi) (?:suite à|concernant|à propos de) mon (?:dernier|précédent)",
    ),
    (
        "nouvelles",
        r"(?:avez-vous des nouvelles|des nouvelles ?(?=\?)|pas (?:eu|reçu) de (?:vos )?nouvelles|prendre (?:de vos |des )?nouvelles)",
    ),
    ("réponse|retour", r"(?:pas (?:eu|reçu) de|sans) (?:réponse|retour) de (?:votre|ta) part"),
)
SPANISH = phrases(
    ("seguimiento", r"(?:solo|sólo|simplemente) (?:quería|queria|quiero|quisiera) (?:hacer|dar)(?:le|te)? seguimiento"),
    ("novedad", r"(?:alguna|hay alguna) novedad(?:es)?(?=[^.!?\n]{0,60}\?)"),
    ("noticia", r"(?:tiene|tienes|hay) (?:alguna )?noticias?(?=[^.!?\n]{0,60}\?)"),
    (
        "recibido|tenido",
        r"(?:no he|no hemos) (?:recibido|tenido) (?:aún |todavía )?(?:su |tu |ninguna )?(?:respuesta|noticias)(?= suya| tuya| de su| de tu|\s*[.,!?]|\s*$)",
    ),
    ("sigo", r"sigo (?:sin|esperando) (?:su |tu |tener )?(?:respuesta|noticias)"),
)
DUTCH = phrases(
    (
        "checken|navragen|horen|informeren|polsen|opvolgen",
        r"(?:wilde|wou|wil) (?:ik )?(?:gewoon |nog )*even (?:checken|navragen|horen|informeren|polsen|opvolgen)",
    ),
    ("check|vraag", r"(?:ik )?(?:check|vraag) (?:nog |gewoon )*even (?:na\b|of u al|of je al)"),
    ("nieuws", r"(?:is er|heeft u|heb je) al (?:wat |enig )?nieuws(?=[^.!?\n]{0,60}\?)"),
    (
        "niets|niks|reactie|antwoord",
        r"nog (?:steeds )?(?:niets|niks|geen (?:reactie|antwoord)) (?:van (?:u|je|jou) )?(?:gehoord|ontvangen|gekregen)",
    ),
)
ALL = together(ENGLISH, GERMAN, FRENCH, SPANISH, DUTCH)


def check(facts: MessageFacts) -> list[Finding]:
    """Block phrases that only ask for attention. Words quoted from the evidence in quotation marks do not count."""
    own = own_findings(ID, facts)
    spans = spans_of(ALL, facts)
    if not spans:
        return own
    message = (
        f"{quoted_words(facts, spans)} asks for attention and gives nothing. Take it out and begin with the reason."
    )
    return [Finding(ID, Severity.BLOCK, message, spans), *own]
