'''Playbooks as TOML files: out to be reviewed like code, and back in as drafts. The shipped ones are such files too.

Every name is the name of a column (`retention.models.PlaybookVersion`, `PlaybookStep`, `Experiment`); its docstring and
help text say what it means, and what is left out takes the column's default or is empty. Hours count from the start of
the enrolment. Steps are numbered in the order they stand in. ``goal_kinds`` are the names of `EventKind` in lower case,
``excluded_playbooks`` and ``after_playbooks`` names of playbooks, reasons those of `retention.rules.words.REASONS`.
Amounts and rates may be written as numbers or in quotes. A whole file::

    format = 1
    name = "studio-rebook"
    title = "Back into the studio"
    description = "Members who missed classes and come less than they used to."
    trigger = "risk"                                # risk, milestone or birthday
    bands = ["medium", "high"]                      # low, medium, high
    score_from = 40
    score_to = 100
    reasons_any = ["visits_down_25", "visits_down_50"]
    reasons_all = ["missed_bookings"]
    plans = ["monthly"]
    value_tiers = ["high", "middle"]                # high, middle, low, none
    milestones = [50, 100]                          # for trigger = "milestone"
    days_before = 7                                 # for trigger = "birthday"
    excluded_plans = ["staff"]
    excluded_playbooks = ["friction-removal"]
    after_playbooks = ["soft-nudge"]
    urgent = false
    priority = 60
    cooldown_days = 60
    lasts_days = 30
    goal = "They book or attend a class"
    goal_kinds = ["booking_made", "booking_attended", "class_attended"]
    review_minutes = 1.5
    call_minutes = 12
    assumed_uplift = 3.5
    uplift_source = "The studio example this playbook comes from"
    pilot_most = 1200
    offer_budget = 500.00                           # with an offer among the steps
    offer_min_clv = 300.00
    max_complaint_rate = 0.001
    gate_min_roi = 1.00

    [[step]]
    name = "Book again with one tap"
    purpose = "friction"  # nudge value education friction proof recognition community offer human
    channel = "sms"                                 # best email sms push in_app call
    earliest_hours = 0
    latest_hours = 8
    condition = "still_inactive"                    # always still_inactive payment_open not_opened
    audience = "everyone"                           # everyone app_users high_value multi_signal
    angle = "rebook_one_tap"                        # the angle of the approved wording
    review = "when_asked"                           # always when_asked never
    word_limit = 45
    pressure = 1
    cost = 0.04
    incentive = 0.00

    [[step]]
    name = "A person calls"
    purpose = "human"
    channel = "call"
    earliest_hours = 240
    latest_hours = 288
    audience = "high_value"
    angle = "rebook_call"
    script = """
    Say who you are.
    Ask what kept them."""

    [experiment]                                    # may be left out: publishing then makes one with the usual design
    question = "Do more members book again within 30 days than without this?"
    kpi = "reactivation"                            # reactivation retention revenue
    window_days = 42
    holdout_percent = 12
    baseline_percent = 5.5
    min_effect = 3.0
    staggered = false
'''

from __future__ import annotations

from collections.abc import Mapping
from secrets import token_hex
from typing import Any

from django.db import transaction

from retention.models import Playbook, PlaybookVersion
from retention.rules.playbooks.checks import Grade, Problem
from retention.rules.playbooks.files import LINKS, VERSION_FIELDS, read_playbook_file, write_playbook_file
from retention.services.playbooks.checking import PlaybookHasProblems, altered, problems_in, refuse, sketch_of
from retention.services.playbooks.drafting import create_playbook, draft_version, file_of, keep
from retention.services.playbooks.rows import new_steps, put_experiment, put_version
from retention.services.refusals import require
from staff.models import User
from staff.services import record


class BrokenFileError(ValueError):
    """A shipped file that cannot be read; the message names the file and every place."""


def export_playbook(version: PlaybookVersion) -> str:
    """A version as the text of a file. Its number is not in it: it is another one where it goes."""
    return write_playbook_file(file_of(sketch_of(version)))


@transaction.atomic
def import_playbook(*, text: str, by: User | None, name: str = "") -> PlaybookVersion:
    """A draft from the text of a file: the first version of a new playbook, or the next one of the playbook so named.

    ``name`` takes the place of the name in the file. Title and description of a playbook that is here already stay.
    Refuses whoever may not, and a file with anything unknown or wrong (`PlaybookHasProblems`, every place named); what
    is still missing hinders publishing only.
    """
    require(by, "retention.add_playbookversion", "You may not draft playbooks. Ask somebody who manages retention.")
    file = read_playbook_file(text)
    if isinstance(file, list):
        raise PlaybookHasProblems(file)
    name = name.strip() or file.name
    ids = dict(Playbook.objects.values_list("name", "pk"))
    unknown = [(link, one) for link in LINKS for one in file.links[link] if one not in ids and one != name]
    if unknown:
        remedy = "Import that one first, or take it out."
        raise PlaybookHasProblems(
            [Problem(link, f"There is no playbook “{one}” here. {remedy}") for link, one in unknown]
        )
    if name in ids:
        draft = draft_version(playbook=Playbook.objects.get(pk=ids[name]), by=by)
    else:
        draft = create_playbook(name=name, title=file.title, description=file.description, by=by)
        ids[name] = draft.playbook_id
    # What the file leaves out is as in a new version, not as in the one before.
    values = {**dict.fromkeys(VERSION_FIELDS), **file.values}
    links = {link: [ids[one] for one in file.links[link]] for link in LINKS}
    before = sketch_of(draft)
    if before.experiment is not None:
        before.experiment.delete()
        before.experiment = None
    sketch = altered(before, {**values, **links}, file.steps, file.experiment)
    refuse(problems_in(sketch), Grade.WRONG)
    stored = keep(sketch, with_steps=True)
    record(action="retention.import_playbook", actor=by, on=stored, summary=f"Imported {stored.name}")
    return stored


def load_shipped(apps: Any, texts: Mapping[str, str]) -> None:
    """Make the playbooks that come with Rekindle, each as a draft, so that nothing begins by itself. For migrations.

    ``apps`` is what a migration is given, ``texts`` the text of each file by its name. They may name one another, and
    playbooks that were shipped before. Raises BrokenFileError.
    """
    playbooks = apps.get_model("retention", "Playbook")
    versions = apps.get_model("retention", "PlaybookVersion")
    experiments = apps.get_model("retention", "Experiment")
    steps = apps.get_model("retention", "PlaybookStep")
    made = []
    for place, text in sorted(texts.items()):
        file = read_playbook_file(text)
        if isinstance(file, list):
            raise _broken(place, file)
        playbook = playbooks.objects.create(
            name=file.name, title=file.title, description=file.description, shipped=True
        )
        version = versions(playbook=playbook, number=1)
        found = put_version(version, file.values)
        rows, wrong = new_steps(steps, version, file.steps)
        experiment = experiments(version=version, salt=token_hex(16))
        found += wrong + put_experiment(experiment, file.experiment or {})
        if found:
            raise _broken(place, found)
        version.save()
        steps.objects.bulk_create(rows)
        if file.experiment is not None:
            experiment.version = version
            experiment.save()
        made.append((place, version, file.links))
    ids = dict(playbooks.objects.values_list("name", "pk"))
    for place, version, links in made:
        for link in LINKS:
            if unknown := [name for name in links.get(link, ()) if name not in ids]:
                raise _broken(place, [Problem(link, f"There is no playbook “{unknown[0]}”.")])
            getattr(version, link).set(ids[name] for name in links.get(link, ()))


def _broken(place: str, problems: list[Problem]) -> BrokenFileError:
    said = " ".join(f"{problem.where}: {problem.sentence}" for problem in problems)
    return BrokenFileError(f"{place}: {said}")
