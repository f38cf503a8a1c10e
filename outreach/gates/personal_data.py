"""What does not belong in a message: numbers that open accounts, passwords, dates of birth, other people, health.

A number counts only when its own check digits say that it is one. Numbers, passwords and dates of birth stop the message
wherever they come from; other people's addresses and words about health go to a person.
"""

# ruff: noqa: E501 - a phrase stays on one line, so that the tables can be read and searched

import re
from collections.abc import Callable

from outreach.gates.facts import Finding, MessageFacts, Span, quoted_words
from outreach.gates.phrases import Folded, find, fold, merged, phrases, quotations, together
from outreach.states import Severity

ID = "personal_data"

Place = tuple[int, int]

_CARD = re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,18}(?![\w]|[.,]\d)")
# The digits by which issuers are told apart, with the lengths that their cards have.
_CARD_BEGINNINGS = re.compile(r"1[3469]:4|16:5[1-5]|16:2[2-7]|15:3[47]|14:3[068]|1[6-9]:6")
_IBAN = re.compile(r"(?<!\w)[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,3})?(?!\w)")
_LONGEST_IBAN, _SHORTEST_IBAN = 34, 15
_SSN = re.compile(r"(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\w-])")
_NINO = re.compile(r"(?<!\w)(?!bg|gb|kn|nk|nt|tn|zz)[a-ceghj-prstw-z][a-ceghj-nprstw-z] ?\d\d ?\d\d ?\d\d ?[a-d](?!\w)")
_NIR = re.compile(r"(?<!\w)[12] ?\d\d ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d\d|2[ab]) ?\d{3} ?\d{3} ?\d\d(?!\w)")
_DNI = re.compile(r"(?<!\w)(?:\d{8}|[xyz]-?\d{7})-?[a-hj-np-tv-z](?!\w)")
_FISCAL = re.compile(r"(?<!\w)[a-z]{6}\d\d[a-ehlmprst]\d\d[a-z]\d{3}[a-z](?!\w)")
_NAMED = re.compile(
    r"(?<!\w)(?P<kind>bsn|burgerservicenummer|sofinummer|steuer-?id(?:entifikationsnummer)?|steuer-?identnummer|pesel"
    r"|social security(?: number)?|ssn|passport(?: number| no\.?)?|ausweis-?nummer|reisepass-?nummer)"
    r"[\s:.#=-]{1,3}(?:(?:is|ist|number|nr|no)[\s:.]{1,3})?(?P<number>(?=[a-z]{0,3} ?\d)[a-z0-9](?:[ -]?[a-z0-9]){6,12})(?!\w)"
)
_PASSWORD = re.compile(
    r"(?<!\w)(?:password|passphrase|passcode|pwd|passwort|kennwort|mot de passe|contraseña|wachtwoord|pin(?: ?code)?|tan)"
    r"(?:\s+(?:is|was|ist|lautet|est|es)\s*:?\s+|\s*[:=]\s*)"
    r"(?!(?:not|safe|set|expired|required|needed|protected|changed|reset|the|a|an|on|in|at|being|no|still|ready|valid|stored"
    r"|only|now|too|very|never|always|nicht|noch|sicher|abgelaufen|das|die|der|pas|le|la|el|no|niet|het|de)(?!\w))"
    r"(?P<word>[\"']?[^\s\"']{3,64})"
)
_DATE = r"(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d\d-\d\d|\d{1,2}(?:st|nd|rd|th|\.)?\s+(?:of\s+|de\s+)?[^\W\d_]{3,10}\.?,?\s+(?:de\s+)?\d{4}|[^\W\d_]{3,10}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+\d{4})"
_BIRTH = re.compile(
    r"(?<!\w)(?:date of birth|d\.?o\.?b\.?|born(?: on)?|birthday|birthdate|geburtsdatum|geb(?:\.|oren)(?: am)?|née?(?: le)?"
    rf"|date de naissance|nacid[oa](?: el)?|fecha de nacimiento|geboren(?: op)?|geboortedatum)(?:\s+(?:is|was|ist|est|es))?\s*:?\s*{_DATE}(?!\w)"
)
_MAIL = re.compile(r"(?<![\w.+-])[\w.+%-]{1,64}@[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)+")
_PHONE = re.compile(
    r"(?<![\w.,/-])(?<!\d )(?:\+|00|\(?0)\d?[\d ()./-]{6,20}\d(?!\w)|(?<![\w.,/-])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?!\w)"
)
_ALL_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
# Whatever has fewer digits holds none of the numbers above; the beginnings of their words are as `phrases` keys them.
_DIGIT = re.compile(r"\d")
_DIGITS_OF_A_DATE, _DIGITS_OF_A_NUMBER = 4, 6
_PASSWORD_KEYS = frozenset({"pas", "pwd", "ken", "mot", "con", "wac", "pin", "tan"})
_BIRTH_KEYS = frozenset({"dat", "dob", "d", "bor", "bir", "geb", "né", "née", "nac", "fec"})
_SAME_DIGITS = 8  # the last ones of two phone numbers: the rest is how the country is written
_FEWEST_DIGITS, _MOST_DIGITS = 8, 15

_ILL = r"(?:illness|diagnosis|pregnancy|surgery|operation|treatment|depression|cancer|therapy|disability|medication|sick leave|burn-?out|miscarriage|addiction|diabetes|hospital stay|mental health|health (?:problems?|issues?|condition)|medical (?:condition|history|leave))"
HEALTH = together(
    phrases(
        ("illness|diagnosis|pregnancy|surgery|operation|treatment|depression|cancer|therapy|disability|medication|sick|burn|miscarriage|addiction|diabetes|hospital|mental|health|medical", rf"(?:your|his|her) (?:\w+ )?{_ILL}"),
        ("ill|sick|unwell|pregnant|depressed|diagnosed|hospital|disabled|undergoing|recovering", r"(?:you(?:'re| are| were|'ve been| have been)|(?:he|she)(?:'s| is| was)) (?:\w+ )?(?:ill|sick|unwell|pregnant|depressed|diagnosed|hospitali[sz]ed|in (?:the )?hospital|disabled|on sick leave|undergoing|recovering from)"),
        ("cancer|depression|diabetes|burn|covid|surgery|miscarriage|heart|stroke", r"you (?:had|have|suffer(?:ed)? from) (?:an? |the )?(?:cancer|depression|diabetes|burn-?out|covid|surgery|miscarriage|heart attack|stroke)"),
        ("get|feel", r"get well(?: soon)?|feel better soon"),
        ("recover", r"(?:speedy|quick|full) recovery"),
    ),
    phrases(
        ("krank|erkrankung|diagnose|schwanger|operation|therapie|behinderung|depression|burnout", r"(?:ihr|ihre|ihrer|deine|deiner|dein) (?:\w+ )?(?:krankheit|erkrankung|krankschreibung|diagnose|schwangerschaft|operation|therapie|behinderung|depression|burnout)"),
        ("besserung", r"gute besserung"),
        ("maladie|grossesse|opération|diagnostic|dépression|handicap", r"(?:votre|ta|ton) (?:\w+ )?(?:maladie|grossesse|opération|diagnostic|dépression|handicap|arrêt maladie)"),
        ("rétablissement", r"bon rétablissement"),
        ("enfermedad|embarazo|operación|diagnóstico|depresión|discapacidad", r"(?:su|tu) (?:\w+ )?(?:enfermedad|embarazo|operación|diagnóstico|depresión|discapacidad)"),
        ("ziekte|zwangerschap|operatie|diagnose|depressie|handicap", r"(?:uw|je|jouw) (?:\w+ )?(?:ziekte|zwangerschap|operatie|diagnose|depressie|handicap)"),
        ("beterschap", r"beterschap"),
    ),
)  # fmt: skip


def check(facts: MessageFacts) -> list[Finding]:
    """Block account numbers, identity numbers, passwords and dates of birth; ask for review of the rest."""
    secret: list[Span] = []
    others: list[Span] = []
    health: list[Span] = []
    for field, text in facts.fields():
        if not text:
            continue
        folded = fold(text)
        digits = len(_DIGIT.findall(folded.text))
        hidden = _secrets(folded, digits)
        secret += [Span(field, *folded.span(*place)) for place in hidden]
        for place in _addresses(folded.text, digits >= _FEWEST_DIGITS, facts):
            if not any(place[0] < last and first < place[1] for first, last in hidden):
                others.append(Span(field, *folded.span(*place)))
        health += [Span(field, start, end) for start, end in find(HEALTH, text)]
    findings: list[Finding] = []
    if secret:
        message = (
            f"{_masked(facts, secret)} is a number, password or date that nobody should get by message. Take it out."
        )
        findings.append(Finding(ID, Severity.BLOCK, message, tuple(secret)))
    if others:
        message = f"{quoted_words(facts, others)} belongs to somebody else, as far as we know. Check that it may be passed on."
        findings.append(Finding(ID, Severity.REVIEW, message, tuple(others)))
    if health:
        message = f"{quoted_words(facts, health)} touches their health. Leave it out unless they asked you about it."
        findings.append(Finding(ID, Severity.REVIEW, message, tuple(health)))
    return findings


def _masked(facts: MessageFacts, spans: list[Span]) -> str:
    """The beginnings of what was found: a finding is kept, and a number that must not be sent need not be kept twice."""
    texts = dict(facts.fields())
    words = dict.fromkeys(texts[span.field][span.start : span.end].split()[0][:2] + "…" for span in spans)
    shown = ", ".join(f"“{word}”" for word in list(words)[:3])
    return f"{shown} and {len(words) - 3} more" if len(words) > 3 else shown


def _secrets(folded: Folded, digits: int) -> list[Place]:
    text = folded.text
    places: list[Place] = []
    if not _PASSWORD_KEYS.isdisjoint(folded.keys):
        places += [match.span() for match in _PASSWORD.finditer(text) if _like_a_password(match)]
    if digits >= _DIGITS_OF_A_DATE and not _BIRTH_KEYS.isdisjoint(folded.keys):
        places += [match.span() for match in _BIRTH.finditer(text)]
    if digits >= _DIGITS_OF_A_NUMBER:
        for pattern, holds in _NUMBERS:
            places += [match.span() for match in pattern.finditer(text) if holds(_bare(match[0]))]
        places += [
            match.span() for match in _NAMED.finditer(text) if _holds_as_named(match["kind"], _bare(match["number"]))
        ]
    return merged(places)


def _like_a_password(match: re.Match[str]) -> bool:
    """A PIN is digits; elsewhere a word that is followed by more words is the rest of a sentence."""
    word = match["word"].strip("\"'.,;!?")
    if match[0].startswith(("pin", "tan")):
        return len(word) >= 3 and word.isdigit()
    if any(not char.isalpha() for char in word):
        return len(word) >= 3
    after = match.string[match.end() : match.end() + 2]
    return len(word) >= 4 and (not after.strip() or after[0] == "\n" or match["word"][-1] in ".,;!?\"'")


def _bare(number: str) -> str:
    return re.sub(r"[\s-]", "", number)


def is_card(number: str) -> bool:
    """Digits that begin like a card of their length and have its check digit (ISO/IEC 7812-1, Luhn), not all the same."""
    if len(set(number)) < 2 or not _CARD_BEGINNINGS.match(f"{len(number)}:{number}"):
        return False
    total = 0
    for position, char in enumerate(reversed(number)):
        digit = int(char) * (1 + position % 2)
        total += digit - 9 if digit > 9 else digit
    return total % 10 == 0


def is_iban(number: str) -> bool:
    """Country, two check digits and an account that together leave 1 when divided by 97 (ISO 13616)."""
    if not _SHORTEST_IBAN <= len(number) <= _LONGEST_IBAN or not number.isascii():
        return False
    return int("".join(str(int(char, 36)) for char in number[4:] + number[:4])) % 97 == 1


def _is_nir(number: str) -> bool:
    """The number of a French person: the last two digits are 97 less the rest of the others."""
    digits = number.replace("2a", "19").replace("2b", "18")
    return digits.isdigit() and len(digits) == 15 and 97 - int(digits[:13]) % 97 == int(digits[13:])


def _is_dni(number: str) -> bool:
    """The number of a person in Spain: the letter follows from the digits divided by 23."""
    digits = {"x": "0", "y": "1", "z": "2"}.get(number[0], number[0]) + number[1:-1]
    return digits.isdigit() and "trwagmyfpdxbnjzsqvhlcke"[int(digits) % 23] == number[-1]


_ODD_PLACES = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)


def _is_fiscal_code(number: str) -> bool:
    """The code of a person in Italy: the last letter follows from the others."""
    if not number.isascii():
        return False
    places = [int(char) if char.isdigit() else ord(char) - ord("a") for char in number[:-1]]
    total = sum(_ODD_PLACES[place] if position % 2 == 0 else place for position, place in enumerate(places))
    return total % 26 == ord(number[-1]) - ord("a")


def _is_bsn(number: str) -> bool:
    """Nine digits of a person in the Netherlands, weighted 9 to 2 and -1, divide by 11."""
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return len(number) == 9 and sum(int(n) * weight for n, weight in zip(number, weights, strict=True)) % 11 == 0


def _is_pesel(number: str) -> bool:
    """Eleven digits of a person in Poland with their check digit."""
    weights = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)
    return len(number) == 11 and sum(int(n) * weight for n, weight in zip(number, weights, strict=True)) % 10 == 0


def _is_tax_id(number: str) -> bool:
    """Eleven digits of a person in Germany with their check digit (ISO/IEC 7064, MOD 11,10)."""
    if len(number) != 11 or number[0] == "0":
        return False
    product = 10
    for digit in number[:-1]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(number[-1])


def _yes(number: str) -> bool:
    return True


_NUMBERS: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = (
    (_CARD, is_card),
    (_IBAN, is_iban),
    (_SSN, _yes),
    (_NINO, _yes),
    (_NIR, _is_nir),
    (_DNI, _is_dni),
    (_FISCAL, _is_fiscal_code),
)


def _holds_as_named(kind: str, number: str) -> bool:
    """Whether a number that is named passes the check of its kind; where there is none, its name is enough."""
    if kind.startswith(("ssn", "social")):
        return number.isdigit() and len(number) == 9
    if kind.startswith(("passport", "ausweis", "reisepass")):
        return 7 <= len(number) <= 10
    if not number.isdigit():
        return False
    if kind.startswith(("bsn", "burger", "sofi")):
        return _is_bsn(number)
    return _is_pesel(number) if kind == "pesel" else _is_tax_id(number)


def _addresses(text: str, digits: bool, facts: MessageFacts) -> list[Place]:
    """E-mail addresses and phone numbers that are neither theirs, nor ours, nor part of the approved wording itself."""
    places: list[Place] = []
    known = {fold(one).text.strip() for one in facts.known_addresses if "@" in one}
    known_digits = {_digits(one)[-_SAME_DIGITS:] for one in facts.known_addresses if "@" not in one}
    wording = fold(facts.approved_text).text
    evidence = " ".join(fold(one).text for one in facts.evidence_texts)
    if "@" in text:
        for match in _MAIL.finditer(text):
            words = match[0]
            if words not in known and not _in_wording(words, wording, evidence):
                places.append(match.span())
    if digits:
        for match in _PHONE.finditer(text):
            words = match[0].strip()
            number = _digits(words)
            if not _FEWEST_DIGITS <= len(number) <= _MOST_DIGITS or _ALL_DATE.search(words):
                continue
            if number[-_SAME_DIGITS:] not in known_digits and not _in_wording(words, wording, evidence):
                places.append(match.span())
    quoted = quotations(text, facts.their_texts) if places else []
    return [place for place in places if not any(first <= place[0] and place[1] <= last for first, last in quoted)]


def _digits(words: str) -> str:
    return "".join(char for char in words if char.isdigit())


def _in_wording(words: str, wording: str, evidence: str) -> bool:
    """Whether it belongs to the approved template: it stands there and did not come in with the evidence."""
    return words in wording and words not in evidence
