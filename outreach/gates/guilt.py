"""No guilt and no passive aggression: nobody owes us an answer (mission.md 5.2)."""

# ruff: noqa: E501 - a phrase stays on one line, so that the tables can be read and searched

from outreach.gates.facts import Finding, MessageFacts, quoted_words
from outreach.gates.phrasebook import own_findings
from outreach.gates.phrases import END, phrases, spans_of, together
from outreach.states import Severity

ID = "guilt"

_MAIL = r"(?:e-?mails?|messages?|notes?|texts?|voice ?mails?|calls?|letters?)"
_OFTEN = r"(?:several|many|multiple|numerous|countless|repeated(?:ly)?|a few|a number of|a couple of|so many|two|three|four|five|six|\d+)"
_HELD = r"(?:i|we)(?:'m| am|'re| are| was| were|'ve been| have been)"
_SURELY = r"(?:clearly |obviously |apparently |evidently |simply |just |probably |really |even )*"

ENGLISH = phrases(
    (
        "tried|trying|attempt",
        rf"(?:tried|trying|attempted|attempting)(?: (?:to (?:reach|contact|call|get (?:hold of|in touch with|through to|a hold of))|reaching|contacting|calling))(?: out to)? you(?: {_OFTEN} times| repeatedly| again and again)",
    ),
    (
        "times",
        rf"(?:e-?mailed|emailed|written|wrote|called|messaged|texted|phoned|contacted|reached out)(?: to)? (?:you )?{_OFTEN} times",
    ),
    ("times", rf"tried {_OFTEN} times"),
    ("attempts|tries|efforts", rf"(?:{_OFTEN} |my |our )+(?:attempts|tries|efforts) to (?:reach|contact|call) you"),
    (
        "attempt|try|reminder",
        r"(?:my|our|the) (?:second|third|fourth|fifth|2nd|3rd|4th|5th|final|last) (?:attempt|try|reminder)",
    ),
    (
        "second|third|fourth|fifth|2nd|3rd|4th|5th",
        rf"(?:this is|here is|it's|that was|sent you) (?:already )?my (?:second|third|fourth|fifth|2nd|3rd|4th|5th) {_MAIL}",
    ),
    ("attempt", r"(?:final|last) attempt"),
    (
        "ignor",
        r"you(?:'ve| have|'re| are| were| keep| kept)?(?: been)?(?: just| simply)? (?:ignored|ignoring|ignore)\b(?! (?:this|that|it|the (?:above|rest))\b)",
    ),
    ("ignor", r"(?:ignored|ignoring) (?:me|us|my|our|all)\b"),
    ("ignored", r"being ignored"),
    (
        "since",
        rf"since you (?:{_SURELY})(?:have not|haven't|didn't|did not|don't|do not|never|can't|couldn't|won't) (?:\w+ )?(?:repl|respon|answer|bother|seem|been|got|get|come|return|care|find)\w*",
    ),
    ("since", rf"since you(?:'re| are) {_SURELY}(?:not|no longer|too)"),
    (
        "interested",
        rf"(?:i|we)(?:'ll| will| can| must| have to| should)? (?:guess|assume|suppose|take it|gather|conclude|presume|figure|imagine) (?:that )?(?:you|it|this|that)(?:'re| are|'s| is| were| have| must be)? {_SURELY}(?:not|no longer|aren't|lost interest)(?: be)?(?: longer)? interested(?: any ?more)?",
    ),
    (
        "guess|assume|suppose|take|gather|conclude|presume",
        rf"(?:i|we)(?:'ll| will| can| must)? (?:guess|assume|suppose|take it|gather|conclude|presume) (?:that )?you(?:'re| are|'ve| have| must be)? {_SURELY}(?:not|no longer|too busy|don't|do not|didn't|did not|aren't|moved on|given up|changed your mind|lost interest|forgotten|forgot)",
    ),
    (
        "interested",
        rf"(?:you(?:'re| are)|you) {_SURELY}not interested(?= any| after all| in (?:what|hearing|working|us|our|my)|{END})",
    ),
    (
        "seems|looks|appears|sounds",
        rf"(?:seems|looks|appears|sounds)(?: to me)?(?: like| as if| as though| that)? you(?:'ve| have|'re| are)? {_SURELY}(?:lost interest|not interested|no longer interested|moved on|given up|forgotten)",
    ),
    ("silence", r"(?:your silence|(?:take|taking) (?:your|this|the) silence|silence (?:tells|speaks|says|means))"),
    ("disappoint", rf"{_HELD} (?:\w+ ){{0,3}}disappointed"),
    ("disappoint", r"(?:it|this|that|which|how)(?:'s| is| was)? (?:\w+ ){0,2}disappointing"),
    ("disappoint", r"disappointed (?:that|by|in|with|to) (?:you|your|not|see|hear|have)"),
    ("disappointment", r"(?:my|our) (?:\w+ )?disappointment"),
    ("chance", r"(?:last|final|only) chance"),
    ("final", r"final (?:notice|warning|reminder|call)"),
    ("late", r"before it's too late"),
    ("regret", r"you(?:'ll| will| may| might|'d| would)(?: \w+)? regret"),
    (
        "miss|lose|losing",
        r"(?:don't|do not|you'll|you will|you're|you are|hate (?:for )?you to|want you to) (?:miss(?:ing)? out|lose out|losing out)",
    ),
    (
        "per",
        rf"(?:as )?per my (?:last|previous|earlier|prior|first|original) (?:{_MAIL}|message|conversation|proposal|quote|voice ?mail)",
    ),
    (
        "mentioned|said|stated|explained|wrote|written|told|asked|pointed",
        r"as i(?:'ve| have)? (?:already|previously|clearly|repeatedly|once again)(?: \w+)? (?:mentioned|said|stated|explained|wrote|written|told|asked|pointed out)",
    ),
    (
        "mentioned|said|stated|explained|wrote|written|told|asked|pointed",
        r"as i (?:mentioned|said|stated|explained|wrote|told you|asked)(?: before| already| earlier| in my (?:last|previous|earlier) \w+)",
    ),
    (
        "previously|already|repeatedly|clearly",
        r"as (?:previously|already|repeatedly|clearly) (?:mentioned|stated|explained|said|requested|communicated)",
    ),
    ("notice|read|see|bother", r"in case you (?:didn't|did not|haven't|failed to) (?:notice|read|see|bother)"),
    ("wrong", r"(?:did|have) (?:i|we) (?:do|done|say|said) (?:something|anything) wrong"),
    ("offend", r"(?:i|we)(?: must| may| might)?(?: have)? (?:done something to |have )?offend(?:ed)? you"),
    ("given", r"(?:have )?you(?:'ve| have)? given up on"),
    ("giving", r"(?:i'm|i am|am i) (?:not )?giving up on you"),
    ("gone|went", r"you(?:'ve| have)? (?:suddenly |just )?(?:gone|went) (?:dark|quiet|silent|cold)"),
    ("ghost", r"(?:ghost(?:ed|ing)? (?:me|us)|being ghosted|you(?:'ve| have)? ghosted)"),
    ("hanging", r"(?:left|leave|leaving) (?:me|us) hanging"),
    ("wast", r"wast(?:ed|ing|e|e of) (?:my|our|your|any more(?: of (?:my|our|your))?|each other's) time"),
    ("courtesy", r"(?:common|basic|professional|simple) courtesy|courtesy of (?:a|an) (?:reply|response|answer)"),
    ("least", r"the least you (?:can|could)"),
    (
        "expected",
        r"(?:i|we)(?:'d| had| would have)? (?:have )?expected (?:better|more|at least|an? (?:answer|reply|response))",
    ),
    (
        "repl|respond|answer|back|got|gotten|call|return",
        r"you(?: still| simply| just)? (?:never|didn't|did not|haven't|have not|don't|couldn't be bothered to|can't be bothered to)(?: yet| even| bother(?:ed)? to)* (?:repl(?:y|ied)|respond(?:ed)?|answer(?:ed)?|get back|got back|gotten back|call(?:ed)? back|return(?:ed)?)(?= (?:to )?(?:me|us|my|our|any of)\b|\s*[.,!?;)]|\s*$| yet\b)",
    ),
    ("bother", r"(?:didn't|did not|don't|haven't|can't be|couldn't be|never|won't) (?:even )?bother(?:ed)?\b"),
    ("owe", r"you owe (?:me|us)"),
    (
        "promised|said",
        r"you (?:promised|said you would|said you'd) (?:to )?(?:get back|reply|respond|call|answer|let (?:me|us) know)",
    ),
    ("after", r"after all (?:the|my|our) (?:time|effort|work|hours|energy)"),
    ("priority", r"(?:not|no longer|isn't)(?: \w+)? a priority (?:for|to) you"),
    (
        "busy|swamped",
        r"(?:you )?must be (?:too |very |really |extremely |so |incredibly )?(?:busy|swamped)|too busy (?:to|for) (?:reply|respond|answer|write|me|us|even)",
    ),
    (
        "file",
        r"(?:permission to|should i|shall i|may i|can i|going to|have to|about to)(?: go ahead and)? close your file",
    ),
    ("last", r"(?:for )?(?:the|one) (?:very )?last time"),
)
GERMAN = phrases(
    (
        "erreich",
        r"(?:mehrfach|mehrmals|wiederholt|schon oft|immer wieder|schon öfter)(?: \w+){0,2} (?:zu erreichen|erreichen)",
    ),
    ("versucht", r"(?:mehrfach|mehrmals|wiederholt|immer wieder) (?:vergeblich )?versucht"),
    ("enttäusch", r"(?:bin|sind|war|waren) (?:\w+ ){0,3}enttäuscht|sehr enttäuschend|(?:meine|unsere) enttäuschung"),
    ("letzte|allerletzte", r"(?:letzte|allerletzte) (?:chance|mahnung|warnung|erinnerung)"),
    (
        "wie",
        r"wie (?:ich )?(?:bereits|schon)(?: mehrfach| mehrmals)? (?:erwähnt|geschrieben|gesagt|mitgeteilt|erklärt)",
    ),
    ("interesse", r"(?:offenbar|anscheinend|offensichtlich|wohl) (?:haben sie |hast du |besteht )?kein interesse"),
    ("ignorier", r"(?:ignorieren sie (?:mich|uns|meine)|ignorierst du|(?:mich|uns|meine \w+) ignorier\w*)"),
    ("schade", r"schade, dass (?:sie|du)(?: sich| dich)? (?:nicht|nie)"),
)
FRENCH = phrases(
    (
        "tenté|essayé",
        r"(?:tenté|essayé)(?: à plusieurs reprises| plusieurs fois)? de vous (?:joindre|contacter|appeler)(?: à plusieurs reprises| plusieurs fois)",
    ),
    ("tenté|essayé", r"(?:tenté|essayé) (?:à plusieurs reprises|plusieurs fois) de vous (?:joindre|contacter|appeler)"),
    ("chance", r"dernière chance"),
    ("déçu", r"(?:je suis|nous sommes|suis|sommes) (?:\w+ ){0,2}déçue?s?"),
    ("*ignor", r"vous (?:m'|nous )?(?:avez )?ignor(?:é|ez)(?: (?:mes|nos|mon|notre))?"),
    ("sauf", r"sauf erreur de (?:ma|notre) part"),
    ("suppose", r"je suppose que (?:vous n'|tu n'|cela ne|ça ne)\s*\w+"),
    ("comme", r"comme (?:je (?:l'ai |vous l'ai )?)?(?:déjà )(?:dit|mentionné|indiqué|expliqué)"),
)
SPANISH = phrases(
    ("intentado", r"(?:he|hemos) intentado (?:varias|muchas|repetidas) veces"),
    (
        "intentado",
        r"(?:he|hemos) intentado (?:contactar|contactarle|contactarte|localizarle|llamarle|llamarte)(?: con usted)? (?:varias|muchas|repetidas) veces",
    ),
    ("última", r"última (?:oportunidad|advertencia)"),
    ("decepci", r"(?:estoy|estamos|me siento) (?:\w+ ){0,2}decepcionad[oa]s?|qué decepción"),
    ("como", r"como ya (?:le |te )?(?:dije|mencioné|indiqué|comenté|expliqué)"),
    ("supongo", r"supongo que (?:ya )?no (?:le|te|está|estás) (?:interesa|interesad[oa])"),
    ("ignor", r"(?:me|nos) (?:ha|has|está|estás) ignora(?:do|ndo)"),
)
DUTCH = phrases(
    (
        "geprobeerd|bereiken",
        r"(?:meerdere|verschillende|vele) (?:keren|malen) (?:\w+ ){0,4}(?:geprobeerd|te bereiken)|herhaaldelijk geprobeerd",
    ),
    ("kans", r"laatste kans"),
    ("teleurgesteld", r"(?:ben|zijn|was) (?:\w+ ){0,2}teleurgesteld"),
    ("zoals", r"zoals (?:ik )?(?:al|eerder) (?:eerder )?(?:zei|gezegd|gemeld|aangegeven|vermeld|schreef)"),
    ("neem", r"(?:ik neem|neem ik) aan dat (?:u|je) (?:geen|niet)"),
    ("nege|gene", r"(?:u|je) (?:negeert|genegeerd)|(?:mij|me|ons) (?:genegeerd|negeert)"),
)
ALL = together(ENGLISH, GERMAN, FRENCH, SPANISH, DUTCH)


def check(facts: MessageFacts) -> list[Finding]:
    """Block reproach and pressure by bad conscience. Words quoted from the evidence in quotation marks do not count."""
    own = own_findings(ID, facts)
    spans = spans_of(ALL, facts)
    if not spans:
        return own
    message = f"{quoted_words(facts, spans)} sounds like a reproach. Nobody owes us an answer: say it plainly or leave it out."
    return [Finding(ID, Severity.BLOCK, message, spans), *own]
