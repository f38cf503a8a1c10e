"""Who is in which playbook: the sweep, and what people decide about one enrolment."""

from retention.services.enrolling.by_people import pause, resume, stop, stop_by_message
from retention.services.enrolling.sweeping import Row, Swept, sweep

__all__ = ["Row", "Swept", "pause", "resume", "stop", "stop_by_message", "sweep"]
