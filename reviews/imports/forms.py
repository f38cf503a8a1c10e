"""What a person chooses for a file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.base import ContentFile

from contacts.importing.commands import pairs
from contacts.importing.describe import Importer
from contacts.importing.errors import WrongArguments
from contacts.importing.run import check_options
from contacts.models import ImportFile
from reviews.imports.kinds import IMPORTERS
from reviews.imports.services import options_of


class UploadForm(forms.Form):
    """A kind, and a file or pasted lines."""

    kind = forms.ChoiceField(label="What is in it", choices=[(kind, one.title) for kind, one in IMPORTERS.items()])
    file = forms.FileField(
        label="CSV file",
        required=False,
        allow_empty_file=True,
    )
    text = forms.CharField(
        label="Or paste the lines",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[
            "file"
        ].help_text = f"With a header line, in UTF-8. Up to {settings.IMPORT_MAX_BYTES // 1_000_000} MB."

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        file, text = cleaned.get("file"), cleaned.get("text")
        if file is None and text:
            cleaned["file"] = ContentFile(text.encode(), name="pasted.csv")
        elif file is None and "file" not in self.errors:
            self.add_error("file", "Choose a file, or paste lines below.")
        return cleaned


class ColumnsForm(forms.Form):
    """Which column each field is in, and how the file writes dates and stages."""

    date_format = forms.CharField(
        label="How dates are written",
        required=False,
        help_text="For instance %m/%d/%Y for 12/31/2026. Dates such as 2026-12-31 are always understood.",
    )
    constants = forms.CharField(
        label="The same for every row",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text="One FIELD=VALUE a line, for instance consent_email=yes.",
    )
    stage_map = forms.CharField(
        label="Their stages and ours",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text="One THEIRS=OURS a line, for instance Engaging=qualified.",
    )
    create_owners = forms.BooleanField(
        label="Make users of unknown owners", required=False, help_text="They cannot sign in until they are invited."
    )
    create_accounts = forms.BooleanField(label="Make accounts of unknown ones", required=False)

    def __init__(self, import_file: ImportFile, delimiter: str, columns: list[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._import_file, self._delimiter = import_file, delimiter
        self.importer: Importer = IMPORTERS[import_file.kind]
        choices = [("", "Not in the file"), *((name, name) for name in columns)]
        for one in self.importer.fields:
            self.fields[f"map_{one.name}"] = forms.ChoiceField(
                label=one.name, choices=choices, required=False, help_text=one.help
            )
        for name, wanted in (
            ("stage_map", self.importer.has_stages),
            ("create_owners", self.importer.has_owners),
            ("create_accounts", self.importer.has_accounts),
        ):
            if not wanted:
                del self.fields[name]

    def mapping_fields(self) -> list[forms.BoundField]:
        return [self[f"map_{one.name}"] for one in self.importer.fields]

    def other_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if not name.startswith("map_")]

    def clean_constants(self) -> dict[str, str]:
        return self._pairs("constants")

    def clean_stage_map(self) -> dict[str, str]:
        return self._pairs("stage_map")

    def _pairs(self, name: str) -> dict[str, str]:
        lines = [line.strip() for line in self.cleaned_data[name].splitlines() if line.strip()]
        try:
            return pairs(lines, "This field")
        except WrongArguments as problem:
            raise forms.ValidationError(str(problem)) from problem

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        mapping = {
            one.name: cleaned[f"map_{one.name}"] for one in self.importer.fields if cleaned.get(f"map_{one.name}")
        }
        chosen = {
            "mapping": {name: column for name, column in mapping.items() if name not in cleaned["constants"]},
            "constants": cleaned["constants"],
            "stage_map": cleaned.get("stage_map", {}),
            "date_format": cleaned["date_format"],
            "delimiter": self._delimiter,
            "create_owners": cleaned.get("create_owners", False),
            "create_accounts": cleaned.get("create_accounts", False),
        }
        given = {*chosen["mapping"], *chosen["constants"]}
        for missing in [name for name in self.importer.needs if name not in given]:
            self.add_error(f"map_{missing}", "Choose the column this is in.")
        if not given.intersection(self.importer.keys):
            self.add_error(f"map_{self.importer.keys[0]}", "Choose the column that tells one row from another.")
        try:
            probe = ImportFile(kind=self.importer.kind, options=chosen, uploaded_by=self._import_file.uploaded_by)
            check_options(self.importer, options_of(probe, dry_run=True))
        except WrongArguments as problem:
            self.add_error(None, str(problem))
        cleaned["chosen"] = chosen
        return cleaned
