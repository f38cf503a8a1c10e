"""What the no-response workflow achieves, counted by the database: reads only.

Every measure is one function; its docstring is its definition, which the page and docs/measures.md say in plain words.
"""

from followups.measures.disposition import (
    Day,
    SegmentRate,
    disposition_by_segment,
    disposition_curve,
    no_response_disposition_rate,
)
from followups.measures.endings import (
    CloseLoopReviews,
    StaleLeads,
    StopCount,
    close_loop_reviews,
    nurture_handoffs,
    stale_leads,
    stops_by_condition,
)
from followups.measures.listing import WHAT, Behind, BehindPage, leads_behind
from followups.measures.messages import Outcomes, outcomes_of_messages
from followups.measures.scope import Period, Scope

__all__ = [
    "WHAT",
    "Behind",
    "BehindPage",
    "CloseLoopReviews",
    "Day",
    "Outcomes",
    "Period",
    "Scope",
    "SegmentRate",
    "StaleLeads",
    "StopCount",
    "close_loop_reviews",
    "disposition_by_segment",
    "disposition_curve",
    "leads_behind",
    "no_response_disposition_rate",
    "nurture_handoffs",
    "outcomes_of_messages",
    "stale_leads",
    "stops_by_condition",
]
