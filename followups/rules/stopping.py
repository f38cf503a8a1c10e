"""Why following up on a lead stopped, in one line for people."""

from dataclasses import dataclass
from datetime import date, datetime

from followups.rules.reasons import say_day, say_moment


@dataclass(frozen=True, slots=True)
class Stop:
    """One time that following up stopped.

    ``what`` is how the company calls it, ``words`` what was said about it, ``by`` who did it (empty where it followed
    from the facts). ``until`` is the day it is put off to, ``back_at`` when it was followed up again.
    """

    at: datetime
    what: str = ""
    words: str = ""
    by: str = ""
    until: date | None = None
    back_at: datetime | None = None


def say_stop(stop: Stop) -> str:
    """The line, such as “Stopped on 3 May 2018 by Ida Berg: No budget now. Comes back on 1 October 2018.”"""
    line = f"Stopped on {say_moment(stop.at)}"
    if stop.by:
        line += f" by {stop.by}"
    what, words = _bare(stop.what), _bare(stop.words)
    # What only repeats the line, or itself, is not said twice.
    said = [one for one in (what, words) if one and one.casefold() != "stopped"]
    if len(said) == 2 and words.casefold() in (what.casefold(), f"closed: {what}".casefold()):
        said = said[:1]
    if said:
        line += ": " + " ".join(_sentence(one) for one in said)
    else:
        line += "."
    if stop.back_at is not None:
        line += f" Came back on {say_moment(stop.back_at)}."
    elif stop.until is not None:
        line += f" Comes back on {say_day(stop.until)}."
    return line


def _bare(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith("…") else text.rstrip(".")


def _sentence(text: str) -> str:
    return text if text[-1] in "…?" else text + "."
