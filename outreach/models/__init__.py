"""What leaves and what comes back: approved language, drafts, what was said about them, and every answer."""

from outreach.models.brands import Brand, Topic
from outreach.models.calls import Call
from outreach.models.drafting import Composition
from outreach.models.drafts import Draft, GateFinding
from outreach.models.endpoints import ProductKey, PushSubscription
from outreach.models.inbound import ProviderNotice, Reply
from outreach.models.preferences import Pause, TopicRefusal
from outreach.models.sending import (
    ChannelRules,
    ContactCap,
    DeliveryEvent,
    Departures,
    PolicyApproval,
    ProviderRate,
    SenderDomain,
    SendingStop,
)
from outreach.models.templates import Template, TemplateVersion
from outreach.models.wording import GatePhrase, LinkHost

__all__ = [
    "Brand",
    "Call",
    "ChannelRules",
    "Composition",
    "ContactCap",
    "DeliveryEvent",
    "Departures",
    "Draft",
    "GateFinding",
    "GatePhrase",
    "LinkHost",
    "Pause",
    "PolicyApproval",
    "ProductKey",
    "ProviderNotice",
    "ProviderRate",
    "PushSubscription",
    "Reply",
    "SenderDomain",
    "SendingStop",
    "Template",
    "TemplateVersion",
    "Topic",
    "TopicRefusal",
]
