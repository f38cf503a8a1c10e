"""Every write about quiet leads. A refusal is `Refused`, with a sentence for the person who asked."""

from followups.services.answers import take_up_answers
from followups.services.applying import note_what_happened
from followups.services.assigning import assign, assign_by_rule, assign_in_turn
from followups.services.cadence_checks import (
    angle_problems,
    default_problems,
    leads_in,
    names_seen_lately,
    overlap_problems,
    template_problems,
    unmatched_names,
)
from followups.services.cadence_files import cadence_as_file, import_cadence
from followups.services.cadences import (
    CHANGEABLE,
    DEFAULT,
    claim_draft,
    clone_cadence,
    install_default_cadence,
    new_draft_version,
    publish_version,
    published_version,
    retire_version,
    rules_from,
    rules_of,
    segment_of,
    segmented_versions,
)
from followups.services.calendar_files import LARGEST_CALENDAR, Unreadable, read_calendar, read_entry
from followups.services.calendars import Imported, import_calendar
from followups.services.closing import (
    close_out,
    end_sequence,
    put_off,
    remind,
    reopen,
    stop,
    stop_writing,
    take_over,
    waive_close_loop,
)
from followups.services.closings import came_back, keep_closing
from followups.services.exceptions import see_exceptions, sign_off_exceptions
from followups.services.leads import (
    add_note,
    create_lead,
    link_touch,
    pause,
    resume,
    set_tags,
    tidy_tags,
    why_not_change,
)
from followups.services.material import (
    Spent,
    Used,
    change_asset,
    create_asset,
    how_used,
    is_expired,
    retire_asset,
    spent_on,
    uses_of,
)
from followups.services.nurture import take_back
from followups.services.pilots import end_pilot, start_pilot
from followups.services.plan import answer_of
from followups.services.plans import call_off_plan, finish_plan, plan_touch
from followups.services.readiness import Gap, conditions, contradicting, known_about_leads, why_not_start
from followups.services.refusals import CadenceHasProblems, Refused, StaleDraft
from followups.services.rounds import sweep_round
from followups.services.simulating import (
    cancel_simulation,
    forget_simulated_names,
    request_simulation,
    waiting_simulations,
)
from followups.services.stops import why_it_stopped
from followups.services.sweep import Considered, Swept, consider, replay, sweep
from followups.services.trying import run_simulation
from followups.services.waking import wake_recycled

__all__ = [
    "CHANGEABLE",
    "DEFAULT",
    "LARGEST_CALENDAR",
    "CadenceHasProblems",
    "Considered",
    "Gap",
    "Imported",
    "Refused",
    "Spent",
    "StaleDraft",
    "Swept",
    "Unreadable",
    "Used",
    "add_note",
    "angle_problems",
    "answer_of",
    "assign",
    "assign_by_rule",
    "assign_in_turn",
    "cadence_as_file",
    "call_off_plan",
    "came_back",
    "cancel_simulation",
    "change_asset",
    "claim_draft",
    "clone_cadence",
    "close_out",
    "conditions",
    "consider",
    "contradicting",
    "create_asset",
    "create_lead",
    "default_problems",
    "end_pilot",
    "end_sequence",
    "finish_plan",
    "forget_simulated_names",
    "how_used",
    "import_cadence",
    "import_calendar",
    "install_default_cadence",
    "is_expired",
    "keep_closing",
    "known_about_leads",
    "leads_in",
    "link_touch",
    "names_seen_lately",
    "new_draft_version",
    "note_what_happened",
    "overlap_problems",
    "pause",
    "plan_touch",
    "publish_version",
    "published_version",
    "put_off",
    "read_calendar",
    "read_entry",
    "remind",
    "reopen",
    "replay",
    "request_simulation",
    "resume",
    "retire_asset",
    "retire_version",
    "rules_from",
    "rules_of",
    "run_simulation",
    "see_exceptions",
    "segment_of",
    "segmented_versions",
    "set_tags",
    "sign_off_exceptions",
    "spent_on",
    "start_pilot",
    "stop",
    "stop_writing",
    "sweep",
    "sweep_round",
    "take_back",
    "take_over",
    "take_up_answers",
    "template_problems",
    "tidy_tags",
    "unmatched_names",
    "uses_of",
    "waiting_simulations",
    "waive_close_loop",
    "wake_recycled",
    "why_it_stopped",
    "why_not_change",
    "why_not_start",
]
