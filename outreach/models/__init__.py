"""What leaves: approved language, drafts, and what the gates said about them."""

from outreach.models.drafts import Draft, GateFinding
from outreach.models.templates import Template, TemplateVersion

__all__ = ["Draft", "GateFinding", "Template", "TemplateVersion"]
