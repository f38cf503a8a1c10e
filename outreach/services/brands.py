"""Brands and topics: who messages are from and what they are about. Reading them is `outreach.brands`."""

from __future__ import annotations

from outreach.brands import SenderIdentity, brand_of, brand_of_template, problems

__all__ = ["SenderIdentity", "brand_of", "brand_of_template", "problems"]
