"""Playbooks as files: what is written can be read again, and what is wrong is named by its place."""

from __future__ import annotations

import re
from decimal import Decimal
from textwrap import dedent

import pytest
from django.apps import apps

from retention.models import Playbook, PlaybookVersion
from retention.rules.playbooks.files import PlaybookFile, read_playbook_file, write_playbook_file
from retention.services import playbooks as services
from retention.services.playbooks import files
from tests.retention.playbooks.making import drafted

EXAMPLE = dedent((files.__doc__ or "").split("A whole file::\n", 1)[1])


def read(text: str) -> PlaybookFile:
    file = read_playbook_file(text)
    assert isinstance(file, PlaybookFile), file
    return file


def test_the_example_is_a_file() -> None:
    file = read(EXAMPLE)
    assert file.name == "studio-rebook"
    assert file.values["goal_kinds"] == [3, 4, 2]
    assert file.values["review_minutes"] == Decimal("1.5")
    assert [step["channel"] for step in file.steps] == ["sms", "call"]
    assert file.links == {"excluded_playbooks": ("friction-removal",), "after_playbooks": ("soft-nudge",)}


def test_what_is_written_reads_as_the_same() -> None:
    file = read(EXAMPLE)
    assert read(write_playbook_file(file)) == file


@pytest.mark.parametrize("text", ['"', "\\", "a\nb", "\t", "\x7f", "ü – “x”", "'''", "#", "\r\n"])
def test_any_text_survives(text: str) -> None:
    file = PlaybookFile(
        "a", "A", links={"excluded_playbooks": (), "after_playbooks": ()}, steps=({"script": f"x{text}x"},)
    )
    assert read(write_playbook_file(file)) == file


@pytest.mark.parametrize(
    ("was", "becomes", "where", "says"),
    [
        ("format = 1", "format = 2", "format", "format = 1"),
        ("format = 1", "format = 1]", "the file", "not TOML"),
        ('title = "Back into the studio"', "", "title", "missing"),
        ("priority =", "priorty =", "priorty", "“priority”"),
        ('purpose = "human"', 'purposes = "human"', "steps.2.purposes", "“purpose”"),
        ("window_days =", "windows =", "experiment.windows", "“window_days”"),
        ('"booking_made"', '"booking_make"', "goal_kinds", "“booking_made”"),
        ('["soft-nudge"]', '"soft-nudge"', "after_playbooks", "square brackets"),
        ("[experiment] ", "[[experiment]] ", "experiment", "[experiment]"),
    ],
)
def test_what_is_wrong_is_named(was: str, becomes: str, where: str, says: str) -> None:
    assert was in EXAMPLE
    found = read_playbook_file(EXAMPLE.replace(was, becomes))
    assert isinstance(found, list)
    assert [problem.where for problem in found] == [where]
    assert says in found[0].sentence
    assert "!" not in found[0].sentence


@pytest.mark.django_db
def test_shipped_files_become_drafts_that_know_each_other() -> None:
    other = 'format = 1\nname = "{}"\ntitle = "Other"\nafter_playbooks = ["studio-rebook"]\n'
    texts = {f"{name}.toml": other.format(name) for name in ("friction-removal-x", "soft-nudge-x")}
    mine = re.sub('"(friction-removal|soft-nudge)"', r'"\1-x"', EXAMPLE).replace("studio-rebook", "studio-rebook-x")
    texts = {place: text.replace("studio-rebook", "studio-rebook-x") for place, text in texts.items()}
    files.load_shipped(apps, {**texts, "studio.toml": mine})
    version = PlaybookVersion.objects.get(playbook__name="studio-rebook-x")
    assert (version.status, version.playbook.shipped, version.experiment.window_days) == ("draft", True, 42)
    assert [step.channel for step in version.steps.all()] == ["sms", "call"]
    assert version.steps.all()[1].script.splitlines() == ["Say who you are.", "Ask what kept them."]
    assert [one.name for one in version.after_playbooks.all()] == ["soft-nudge-x"]
    with pytest.raises(files.BrokenFileError, match=r"x\.toml: steps\.1\.channel: "):
        files.load_shipped(apps, {"x.toml": mine.replace("-x", "-y").replace('channel = "sms"', 'channel = "fax"')})


@pytest.mark.django_db
def test_a_version_goes_out_and_comes_back_as_the_same() -> None:
    source = drafted("there", excluded_playbooks=[drafted("elsewhere").playbook])
    services.edit_version(version=source, experiment={"question": "Does it?", "window_days": 45}, by=None)
    text = services.export_playbook(source)
    back = services.import_playbook(text=text, by=None)
    assert back.name == "there-v2"
    assert services.export_playbook(back) == text
    other = services.import_playbook(text=text, name="other", by=None)
    assert services.export_playbook(other) == text.replace('name = "there"', 'name = "other"', 1)
    # What a file leaves out is not kept from the version before.
    bare = services.import_playbook(text='format = 1\nname = "there"\ntitle = "There"\n', by=None)
    assert (bare.bands, bare.priority, bare.steps.count(), hasattr(bare, "experiment")) == ([], 50, 0, False)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("was", "becomes", "place"),
    [
        ('channel = "sms"', 'channel = "fax"', "Step 1, channel: "),
        ('purpose = "friction"', 'purpose = "offer"', "Step 1, purpose: This begins with an offer"),
        ('["elsewhere"]', '["nowhere"]', "Excluded playbooks: There is no playbook “nowhere” here"),
        ("latest_hours = 8", "latest_hours = 0", "Step 1, latest hours: "),
        ("priority = 50", 'priority = "high"', "Priority: "),
    ],
)
def test_a_file_with_something_wrong_leaves_nothing_behind(was: str, becomes: str, place: str) -> None:
    text = services.export_playbook(drafted("there", excluded_playbooks=[drafted("elsewhere").playbook]))
    assert was in text
    with pytest.raises(services.PlaybookHasProblems, match=place):
        services.import_playbook(text=text.replace(was, becomes, 1), name="fresh", by=None)
    assert not Playbook.objects.filter(name="fresh").exists()
