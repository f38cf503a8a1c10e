"""Every write about quiet leads. A refusal is `Refused`, with a sentence for the person who asked."""

from followups.services.answers import take_up_answers
from followups.services.applying import note_what_happened
from followups.services.cadences import (
    CHANGEABLE,
    DEFAULT,
    clone_cadence,
    install_default_cadence,
    new_draft_version,
    publish_version,
    published_version,
    rules_of,
    segment_of,
    segmented_versions,
)
from followups.services.leads import (
    add_note,
    close_out,
    create_asset,
    create_lead,
    end_sequence,
    link_touch,
    pause,
    reopen,
    resume,
    stop_writing,
    waive_close_loop,
    why_not_change,
)
from followups.services.plan import answer_of
from followups.services.plans import call_off_plan, finish_plan, plan_touch
from followups.services.readiness import Gap, conditions, contradicting, known_about_leads, why_not_start
from followups.services.refusals import CadenceHasProblems, Refused
from followups.services.sweep import Considered, Swept, consider, replay, sweep

__all__ = [
    "CHANGEABLE",
    "DEFAULT",
    "CadenceHasProblems",
    "Considered",
    "Gap",
    "Refused",
    "Swept",
    "add_note",
    "answer_of",
    "call_off_plan",
    "clone_cadence",
    "close_out",
    "conditions",
    "consider",
    "contradicting",
    "create_asset",
    "create_lead",
    "end_sequence",
    "finish_plan",
    "install_default_cadence",
    "known_about_leads",
    "link_touch",
    "new_draft_version",
    "note_what_happened",
    "pause",
    "plan_touch",
    "publish_version",
    "published_version",
    "reopen",
    "replay",
    "resume",
    "rules_of",
    "segment_of",
    "segmented_versions",
    "stop_writing",
    "sweep",
    "take_up_answers",
    "waive_close_loop",
    "why_not_change",
    "why_not_start",
]
