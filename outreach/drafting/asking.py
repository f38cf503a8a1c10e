"""The one place that talks to a language model. Whatever it or the network does, an answer or a sentence comes back."""

from __future__ import annotations

import functools
import importlib.util
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings

from outreach.drafting.instructions import SECOND_OPINION, instructions, question
from outreach.drafting.material import Answer, Claim, Material
from outreach.states import ReplyLabel

if TYPE_CHECKING:
    from pydantic_ai.models import Model

log = logging.getLogger("rekindle.outreach")

_MOST_TOKENS = 1500
_LONGEST_OPINION = 4000


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking: an answer, or a ``problem`` in words. ``prompt`` and ``raw`` are kept with the draft."""

    answer: Answer | None
    problem: str
    prompt: str
    raw: str
    model: str
    input_tokens: int | None = None
    output_tokens: int | None = None

    @property
    def cost(self) -> Decimal | None:
        """By the prices that are set, per million tokens; None without them."""
        if settings.LLM_PRICE_IN is None or settings.LLM_PRICE_OUT is None or self.input_tokens is None:
            return None
        spent = settings.LLM_PRICE_IN * self.input_tokens + settings.LLM_PRICE_OUT * (self.output_tokens or 0)
        return Decimal(spent / 1_000_000).quantize(Decimal("0.000001"))


def is_on() -> bool:
    """Whether texts are asked of a language model."""
    return bool(settings.LLM_URL and settings.LLM_MODEL) and not what_is_missing()


def what_is_missing() -> str:
    """What keeps a language model that is asked for from working, in words; nothing when it works or is off."""
    if not settings.LLM_URL and not settings.LLM_MODEL:
        return ""
    if not settings.LLM_URL or not settings.LLM_MODEL:
        return "Set both LLM_URL and LLM_MODEL, or neither."
    if settings.LLM_URL != "anthropic" and not settings.LLM_URL.startswith(("http://", "https://")):
        return "LLM_URL must begin with https:// (or http:// on your own network), or be the word anthropic."
    if importlib.util.find_spec("pydantic_ai") is None:
        return "The packages for language models are not installed: pip install -r requirements-llm.txt"
    return ""


def ask(material: Material, *, variant: int = 1) -> Asked:
    """Ask for one text, within `LLM_TIMEOUT_SECONDS` altogether. Never raises for what a server or network does."""
    from pydantic import BaseModel, Field
    from pydantic_ai import Agent, PromptedOutput, UsageLimits

    class SaidClaim(BaseModel):
        text: str = Field(max_length=500)
        evidence_id: str = Field(max_length=20)

    class Said(BaseModel):
        subject: str = Field(default="", max_length=300)
        body: str = Field(max_length=8000)
        reason_used: str = Field(max_length=100)
        evidence_ids: list[str] = Field(default_factory=list, max_length=40)
        claims: list[SaidClaim] = Field(default_factory=list, max_length=40)

    task, asked = instructions(material, variant=variant), question(material)
    prompt = f"{task}\n\n{asked}"
    agent = Agent(
        _model(),
        output_type=PromptedOutput(Said),
        instructions=task,
        retries=1,
        model_settings={"max_tokens": _MOST_TOKENS},
    )
    said, problem, usage = _run(agent, asked, UsageLimits(request_limit=2))
    if said is None:
        return Asked(None, problem, prompt, "", settings.LLM_MODEL, *usage)
    answer = Answer(
        said.subject,
        said.body,
        said.reason_used,
        tuple(said.evidence_ids),
        tuple(Claim(claim.text, claim.evidence_id) for claim in said.claims),
    )
    return Asked(answer, "", prompt, said.model_dump_json(), settings.LLM_MODEL, *usage)


def second_opinion(text: str) -> str | None:
    """What a language model takes a reply for, or None when it is off or gives no label. It may only add a hold."""
    if not is_on():
        return None
    from pydantic_ai import Agent, UsageLimits

    agent = Agent(_model(), output_type=str, instructions=SECOND_OPINION, retries=0, model_settings={"max_tokens": 20})
    said, _, _ = _run(agent, text[:_LONGEST_OPINION], UsageLimits(request_limit=1))
    label = str(said or "").strip().strip(".\"'`").casefold()
    return label if label in ReplyLabel.values else None


@functools.cache
def _thread(_process: int) -> ThreadPoolExecutor:
    """One thread for each process, where all asking is done.

    Whoever calls may be inside an event loop already, and a thread has room for one. The connections that are kept
    belong to the loop they were made in, so it is always the same thread.
    """
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="language-model")


def _run(agent: Any, asked: str, limits: Any) -> tuple[Any, str, tuple[int | None, int | None]]:
    from pydantic_ai.exceptions import (
        ModelAPIError,
        ModelHTTPError,
        RunTimedOut,
        UnexpectedModelBehavior,
    )

    try:
        asking = _thread(os.getpid()).submit(
            agent.run_sync, asked, usage_limits=limits, timeout=settings.LLM_TIMEOUT_SECONDS
        )
        run = asking.result()
    except (RunTimedOut, TimeoutError):
        return None, f"The language model did not answer within {settings.LLM_TIMEOUT_SECONDS:g} seconds.", (None, None)
    except ModelHTTPError as error:
        return None, _refused(error.status_code), (None, None)
    except ModelAPIError:
        return None, "The language model could not be reached, or broke off.", (None, None)
    except UnexpectedModelBehavior:
        return None, "The language model did not answer in the form that was asked for.", (None, None)
    except Exception as problem:  # noqa: BLE001  a server may answer anything, and the packages stumble over some of it
        log.warning("The language model's answer could not be used (%s)", type(problem).__name__)
        return None, "The language model's answer could not be used.", (None, None)
    return run.output, "", (run.usage.input_tokens, run.usage.output_tokens)


def _refused(status: int) -> str:
    if status in (401, 403):
        return f"The language model did not accept our key ({status}). Check LLM_API_KEY."
    if status == 404:
        return "The language model is not known there (404). Check LLM_MODEL and LLM_URL."
    if status == 429:
        return "The language model is too busy, or its quota is used up (429)."
    return f"The language model's server refused or failed ({status})."


def _model() -> Model:
    if settings.LLM_URL == "anthropic":
        from anthropic import AsyncAnthropic
        from pydantic_ai.models.anthropic import AnthropicModel
        from pydantic_ai.providers.anthropic import AnthropicProvider

        asks = AsyncAnthropic(api_key=settings.LLM_API_KEY, timeout=settings.LLM_TIMEOUT_SECONDS, max_retries=0)
        return AnthropicModel(settings.LLM_MODEL, provider=AnthropicProvider(anthropic_client=asks))
    from openai import AsyncOpenAI
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    client = AsyncOpenAI(
        base_url=settings.LLM_URL,
        api_key=settings.LLM_API_KEY or "none",
        timeout=settings.LLM_TIMEOUT_SECONDS,
        max_retries=0,
    )
    return OpenAIChatModel(settings.LLM_MODEL, provider=OpenAIProvider(openai_client=client))
