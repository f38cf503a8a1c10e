"""The rules for quiet leads, pure: no database, no clock, no network.

`decide(evidence, cadence, now)` is the decision table of followups.md. The modules, in the order they build on each
other: `evidence` (the facts), `segments` (whom a cadence is for), `cadence` (what the company chose), `silence`
(opening, attempts, triggers), `reasons` (what there is to say), `review` (who must read it), `decide` (the eleven
rows), `nurture` (the slow rhythm after it), `words` (the same, for people and files).
"""

from followups.rules.cadence import (
    DEFAULT_CADENCE,
    CadenceRules,
    Problem,
    StepRules,
    Waits,
    validate_cadence,
)
from followups.rules.cadence_files import CadenceFile, read_cadence_file, write_cadence_file
from followups.rules.decide import (
    CUSTOMER_KEY,
    DRAFTING,
    Decision,
    decide,
    is_anything_planned,
    owner_key,
    step_rules,
    territory_key,
    with_findings,
)
from followups.rules.evidence import (
    ChannelState,
    Engagement,
    Evidence,
    Material,
    Note,
    Planned,
    SentAttempt,
    Touch,
    digest,
    digest_of_json,
    from_json,
    to_json,
)
from followups.rules.nurture import NurtureState, SlowTouch, nurture_over, nurture_state, slow_touch
from followups.rules.reasons import UsefulReason, find_reason, say_day, say_moment
from followups.rules.review import COMMITMENT_GATE, is_high_value, merge_review_reasons
from followups.rules.segments import (
    Described,
    Segment,
    could_share_a_lead,
    say_segment,
    takes_in,
    what_they_share,
)
from followups.rules.silence import Silence, Triggered, find_trigger, next_working_day, read_silence
from followups.rules.stopping import Stop, say_stop
from followups.rules.words import CSV_COLUMNS, csv_row, explain

__all__ = [
    "COMMITMENT_GATE",
    "CSV_COLUMNS",
    "CUSTOMER_KEY",
    "DEFAULT_CADENCE",
    "DRAFTING",
    "CadenceFile",
    "CadenceRules",
    "ChannelState",
    "Decision",
    "Described",
    "Engagement",
    "Evidence",
    "Material",
    "Note",
    "NurtureState",
    "Planned",
    "Problem",
    "Segment",
    "SentAttempt",
    "Silence",
    "SlowTouch",
    "StepRules",
    "Stop",
    "Touch",
    "Triggered",
    "UsefulReason",
    "Waits",
    "could_share_a_lead",
    "csv_row",
    "decide",
    "digest",
    "digest_of_json",
    "explain",
    "find_reason",
    "find_trigger",
    "from_json",
    "is_anything_planned",
    "is_high_value",
    "merge_review_reasons",
    "next_working_day",
    "nurture_over",
    "nurture_state",
    "owner_key",
    "read_cadence_file",
    "read_silence",
    "say_day",
    "say_moment",
    "say_segment",
    "say_stop",
    "slow_touch",
    "step_rules",
    "takes_in",
    "territory_key",
    "to_json",
    "validate_cadence",
    "what_they_share",
    "with_findings",
    "write_cadence_file",
]
