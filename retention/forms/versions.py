"""What people change about a draft of a score model. The rules judge the numbers together; these read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict

from contacts.states import EventKind
from retention.models import ScoreBand, ScoreComponent, ScoreSignal, ScoreVersion
from retention.rules.signal_words import LABELS, LIMITS, Described, describe
from retention.rules.words import BANDS, KNOBS, PARTS, label_of
from retention.signals import signal_of
from retention.states import Band, Component, Knob
from staff.forms import PanelForm

#: Lists of event names among the parameters of signals.
_LISTS = ("kinds", "opened_by", "closed_by", "counted", "out_of")


class Names(forms.CharField):
    """Names with commas between them."""

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        text = super().to_python(value) or ""
        return list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value


def knob(name: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=Knob(name).label,
        help_text=KNOBS[name],
        min_value=Decimal("0.5"),
        max_value=Decimal(2),
        max_digits=3,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"step": "0.05"}),
    )


class DraftForm(PanelForm):
    """The numbers of the version itself."""

    area = "draft"
    KNOBS = tuple(Knob.values)
    BANDS = ("medium_from", "high_from", "fall_margin", "confirm_hours")
    SEGMENT = ("plans", "tiers")

    note = forms.CharField(label="What is this draft to try?", max_length=300, required=False)
    recency_sensitivity = knob("recency_sensitivity")
    payment_weight = knob("payment_weight")
    engagement_decay = knob("engagement_decay")
    medium_from = forms.IntegerField(label="Medium from", min_value=1, max_value=100, help_text="Points.")
    high_from = forms.IntegerField(label="High from", min_value=1, max_value=100, help_text="Points.")
    fall_margin = forms.IntegerField(
        label="Falls so far below",
        min_value=0,
        max_value=50,
        help_text="Points under the threshold before a band falls.",
    )
    confirm_hours = forms.IntegerField(
        label="Rises after",
        min_value=0,
        max_value=336,
        help_text="Hours that a rise on visits or mail alone must stand.",
    )
    plans = Names(label="Plans", required=False, help_text="With commas between them. Empty, and no tiers: everyone.")
    tiers = Names(label="Tiers", required=False, help_text="With commas between them.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        medium, high = cleaned.get("medium_from"), cleaned.get("high_from")
        if medium is not None and high is not None and medium >= high:
            self.add_error(
                "high_from", f"High must begin above medium. Give more than {medium}, or let medium begin lower."
            )
        return cleaned

    def group(self, names: tuple[str, ...]) -> list[forms.BoundField]:
        return [self[name] for name in names]

    @property
    def knobs(self) -> list[forms.BoundField]:
        return self.group(self.KNOBS)

    @property
    def bands(self) -> list[forms.BoundField]:
        return self.group(self.BANDS)

    @property
    def segment(self) -> list[forms.BoundField]:
        return self.group(self.SEGMENT)


class ComponentForm(PanelForm):
    """How many points a component gives at most."""

    area = "component"
    max_points = forms.IntegerField(label="Points at most", min_value=0, max_value=100)


class BandForm(PanelForm):
    """What a band asks for."""

    area = "band"
    next_action = forms.CharField(label="Next action", max_length=200)
    messages_each = forms.DecimalField(
        label="Messages", min_value=0, max_digits=4, decimal_places=1, help_text="For each customer, in four weeks."
    )
    calls_each = forms.DecimalField(
        label="Calls", min_value=0, max_digits=4, decimal_places=1, help_text="For each customer, in four weeks."
    )
    weekly_quota = forms.IntegerField(
        label="Contacts a week at most", min_value=0, required=False, help_text="Empty: no limit."
    )
    cost_cap = forms.DecimalField(
        label="Cost of a contact at most",
        min_value=0,
        max_digits=10,
        decimal_places=2,
        required=False,
        help_text="Empty: no limit.",
    )


class SignalForm(PanelForm):
    """The numbers of one signal. Its fields follow from what the signal is made of; reasons stay as they are."""

    area = "signal"

    def __init__(self, *args: Any, signal: ScoreSignal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.signal = signal
        self.given: Mapping[str, Any] = signal_of(signal.type, signal.parameters).parameters()
        for name, value in self.given.items():
            if name == "tiers":
                self._add_tiers(value)
            elif name == "components":
                for component, least in value.items():
                    label = f"{Component(component).label} at least"
                    self._add(f"components-{component}", forms.IntegerField(label=label, min_value=0), least)
            elif name in _LISTS:
                label, _ = LABELS[name]
                self._add(name, Names(label=label, help_text="Event names with commas between them."), value)
            elif isinstance(value, int):
                label, help_text = LABELS.get(name, (name.replace("_", " ").capitalize(), ""))
                self._add(name, forms.IntegerField(label=label, help_text=help_text, min_value=0), value)

    def _add(self, name: str, field: forms.Field, initial: Any) -> None:
        field.initial = initial
        self.fields[name] = field

    def _add_tiers(self, tiers: list[list[Any]]) -> None:
        for place, (limit, points, code) in enumerate(tiers):
            label = LIMITS.get(self.signal.type, "Limit")
            self._add(f"tiers-{place}-limit", forms.DecimalField(label=label, min_value=0), Decimal(str(limit)))
            of = f"Points for “{label_of(code)}”" if code else "Points"
            self._add(f"tiers-{place}-points", forms.IntegerField(label=of, min_value=0, max_value=100), points)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            found = signal_of(self.signal.type, self.parameters(cleaned)).problems()
        except ValueError as problem:
            found = [str(problem)]
        for sentence in found:
            self.add_error(None, sentence)
        return cleaned

    def parameters(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        """What was typed, as a row keeps it."""
        result: dict[str, Any] = {}
        for name, value in self.given.items():
            if name == "tiers":
                result[name] = [
                    [_number(cleaned[f"tiers-{place}-limit"]), cleaned[f"tiers-{place}-points"], code]
                    for place, (_, _, code) in enumerate(value)
                ]
            elif name == "components":
                result[name] = {component: cleaned[f"components-{component}"] for component in value}
            else:
                result[name] = cleaned.get(name, value)
        return result


def _number(limit: Decimal) -> int | str:
    return int(limit) if limit == limit.to_integral_value() else f"{limit.normalize():f}"


@dataclass(frozen=True, slots=True)
class SignalRow:
    """A signal with what it says in words and the form that changes its numbers."""

    component: str
    words: Described
    form: SignalForm


class DraftEditor:
    """All forms of a draft together, since its numbers only make sense together."""

    def __init__(self, version: ScoreVersion, data: QueryDict | None = None) -> None:
        self.version = version
        self.draft = DraftForm(data, initial={name: getattr(version, name) for name in DraftForm.base_fields})
        components: dict[str, ScoreComponent] = {one.component: one for one in version.components.all()}
        bands: dict[str, ScoreBand] = {one.band: one for one in version.bands.all()}
        signals = list(version.signals.all())
        self.components = [
            (
                component,
                PARTS[component].looks_at,
                self._of(ComponentForm, component.value, components.get(component), data),
            )
            for component in Component
        ]
        self.bands = [
            (band, BANDS[band], self._of(BandForm, band.value, bands.get(band), data)) for band in reversed(Band)
        ]
        self.signals = [
            SignalRow(
                Component(one.component).label if one.component else "",
                describe(signal_of(one.type, one.parameters)),
                SignalForm(data, signal=one, prefix=f"signal-{one.position}", auto_id=f"signal-{one.position}_%s"),
            )
            for one in signals
        ]

    @staticmethod
    def _of(kind: type[PanelForm], key: str, row: Any, data: QueryDict | None) -> PanelForm:
        initial = {name: getattr(row, name) for name in kind.base_fields} if row else {}
        prefix = f"{kind.area}-{key}"
        return kind(data, prefix=prefix, auto_id=f"{prefix}_%s", initial=initial)

    @property
    def forms(self) -> list[PanelForm]:
        return [
            self.draft,
            *(form for _, _, form in self.components),
            *(row.form for row in self.signals),
            *(form for _, _, form in self.bands),
        ]

    def is_valid(self) -> bool:
        return all([form.is_valid() for form in self.forms])  # noqa: C419  every form must say what is wrong with it

    def changes(self) -> dict[str, Any]:
        """What was typed, as `retention.services.edit_version` takes it."""
        return {
            **self.draft.cleaned_data,
            "components": {component.value: form.cleaned_data["max_points"] for component, _, form in self.components},
            "signals": {row.form.signal.position: row.form.parameters(row.form.cleaned_data) for row in self.signals},
            "bands": {band.value: form.cleaned_data for band, _, form in self.bands},
        }


#: Event names that a signal may count, as people type them.
EVENT_NAMES = tuple(kind.name.lower() for kind in EventKind if kind)
