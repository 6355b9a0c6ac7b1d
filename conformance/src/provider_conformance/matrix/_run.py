"""One run of a provider, as the files that it left tell of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from provider_conformance._check import MODES, Mode
from provider_conformance._text import clean
from provider_conformance.reports import read_report
from provider_conformance.reports._evidence import Evidence
from provider_conformance.reports._result import SCHEMA, Report
from provider_conformance.reports._schema import violation
from provider_conformance.reports._standing import Standing
from provider_conformance.reports._verify import Doubt, file_doubts, redness, unread

NO_LEVEL = Standing("none")


@dataclass(frozen=True, slots=True)
class Run:
    """A run, and why it may prove nothing.

    Attributes:
        provider: the provider's name, or that of the file if the report does not say.
        file: the report, which may be missing or unreadable.
        report: what it holds, if it can be read.
        standing: the level in it, with what the next one lacks.
        data: what its ``.run.json`` holds.
        doubts: why it is not a proof; none says that every check passed.
        red: how it is red.
    """

    provider: str
    mode: Mode
    file: Path
    report: Report | None = None
    standing: Standing = NO_LEVEL
    data: Mapping[str, Any] = field(default_factory=dict)
    doubts: Sequence[Doubt] = ()
    red: Sequence[str] = ()

    @property
    def page(self) -> Path:
        """The page for people; the report itself if there is no page."""
        page = self.file.with_suffix(".html")
        return page if page.is_file() else self.file

    @property
    def day(self) -> str:
        """The day of the run, as ``YYYY-MM-DD``; empty if it is not known."""
        return str(self.data.get("date", ""))[: len("2026-01-31")]

    @property
    def service(self) -> Evidence:
        """The real service that answered, and when."""
        return Evidence.from_dict(self.data.get("service"))

    @property
    def problems(self) -> list[str]:
        """Why it does not prove the contract, in sentences."""
        return [*(doubt.text for doubt in self.doubts), *self.red]


def read_run(file: Path) -> Run:
    """Return a run by its report, with the doubts that its files raise by themselves."""
    beside = file.with_suffix(".run.json")
    unknown = _named_by(file)
    try:
        (report, body), (data, _) = read_report(file), read_report(beside)
    except ValueError as error:
        return replace(unknown, doubts=[unread([file, beside], error)])
    report, data = _cleaned(report), _cleaned(data)
    if doubt := _form_doubt(report):
        return replace(unknown, doubts=[doubt])
    whole, standing = Report.from_dict(report), Standing.from_report(report)
    found = list(file_doubts(report, body, data, whole.mode))
    if not _is_level_of(standing, whole, data):
        said = f"its level is {standing.level}, and its results prove {whole.level}"
        found.append(Doubt("altered", said))
    return Run(
        whole.provider, whole.mode, file, whole, standing, data, found, list(redness(report))
    )


def _named_by(file: Path) -> Run:
    """Return a run of which only the name of its report is known."""
    name, _, mode = file.stem.rpartition(".")
    for other in MODES[1:]:
        if name and mode == other:
            return Run(clean(name), other, file)
    return Run(clean(file.stem), "mock", file)


def _form_doubt(report: Mapping[str, Any]) -> Doubt | None:
    form = report.get("schema")
    if isinstance(form, str) and form != SCHEMA and form.startswith("provider-conformance/"):
        return Doubt("version", f"it has the form {form}, and this kit reads {SCHEMA}")
    if problem := violation(report, "report.schema.json"):
        return Doubt("unreadable", f"it is not a report: {problem}; run the checks again")
    return None


def _is_level_of(standing: Standing, report: Report, data: Mapping[str, Any]) -> bool:
    # Only the data of the run say which methods of the wire are sample.
    return standing.level == ("sample" if data.get("sample") else report.level)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {clean(key): _cleaned(item) for key, item in value.items()}
    return value
