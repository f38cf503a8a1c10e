"""The one message that may follow an opt-out: its words, and when it is too late for it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from contacts.states import Channel
from outreach.rendering import one_line

#: After this time from their stop it stays away: a late message to somebody who said stop is one more message.
TOO_LATE_AFTER = timedelta(minutes=15)
#: Whoever says stop again within this time was told before.
TOLD_FOR = timedelta(days=365)
#: The ways on which an answer can come that nothing else has confirmed yet.
CONFIRMED_ON = (Channel.EMAIL, Channel.SMS)

#: More of a name would make a second segment of a text message.
_LONGEST_NAME = 30


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Fixed words: no link, no offer, nothing to answer."""

    language: str
    subject: str
    body: str


_SUBJECT = {
    "en": "We stopped all messages to you",
    "de": "Wir schreiben Ihnen nicht mehr",
    "fr": "Nous ne vous écrivons plus",
    "es": "Ya no le escribiremos",
    "it": "Non le scriveremo più",
    "nl": "Wij schrijven u niet meer",
    "pt": "Já não lhe escrevemos",
}
_EMAIL = {
    "en": "You asked us to stop, and we did. You get no more messages from us, by e-mail, SMS or any other way. "
    "There is nothing left to do.",
    "de": "Sie wollten keine Nachrichten mehr, und wir halten uns daran. Wir schreiben Ihnen nicht mehr, weder per "
    "E-Mail noch per SMS oder auf anderem Weg. Sie müssen nichts weiter tun.",
    "fr": "Vous nous avez demandé d'arrêter, et c'est fait. Vous ne recevrez plus de messages de notre part, ni par "
    "e-mail, ni par SMS, ni autrement. Vous n'avez rien d'autre à faire.",
    "es": "Nos pidió que paráramos y así lo hicimos. Ya no le escribiremos por correo, por SMS ni de otra manera. "
    "No tiene que hacer nada más.",
    "it": "Ci ha chiesto di smettere e lo abbiamo fatto. Non le scriveremo più, né per e-mail, né per SMS, né in "
    "altro modo. Non deve fare altro.",
    "nl": "U vroeg ons te stoppen, en dat is gebeurd. U krijgt geen berichten meer van ons, niet per e-mail, niet "
    "per sms en ook niet op een andere manier. U hoeft verder niets te doen.",
    "pt": "Pediu-nos que parássemos, e assim fizemos. Já não lhe escrevemos por e-mail, por SMS ou de outra forma. "
    "Não precisa de fazer mais nada.",
}
# Only letters of the plain alphabet of text messages, so that each is one segment.
_SMS = {
    "en": "{name}: You asked us to stop, and we did. You get no more messages from us, by SMS or any other way.",
    "de": "{name}: Sie wollten keine Nachrichten mehr, und wir halten uns daran. Wir schreiben Ihnen nicht mehr.",
    "fr": "{name} : c'est fait. Vous ne recevrez plus de messages de notre part, ni par SMS ni autrement.",
    "es": "{name}: Hecho. Ya no le escribiremos por SMS, por correo ni de otra manera.",
    "it": "{name}: Fatto. Non le scriveremo più, né per SMS né in altro modo.",
    "nl": "{name}: U vroeg ons te stoppen, en dat is gebeurd. U krijgt geen berichten meer van ons.",
    "pt": "{name}: Feito. Deixamos de lhe escrever por SMS, por e-mail ou de outra forma.",
}
LANGUAGES = tuple(_EMAIL)


def confirmation(*, channel: str, locale: str, name: str) -> Confirmation:
    """The words for somebody with this locale, English where theirs is not among `LANGUAGES`.

    ``name`` is the brand's. The postal address and the headers are added when a mail leaves, as for every message.
    """
    language = locale.replace("_", "-").partition("-")[0].lower()
    language = language if language in LANGUAGES else "en"
    who = one_line(name)
    if channel == Channel.SMS:
        return Confirmation(language, "", _SMS[language].format(name=who[:_LONGEST_NAME].strip()))
    return Confirmation(language, _SUBJECT[language], f"{_EMAIL[language]}\n\n{who}")


def is_too_late(*, said_at: datetime, now: datetime) -> bool:
    """Whether a confirmation of what they said at ``said_at`` must not leave any more."""
    return now - said_at >= TOO_LATE_AFTER
