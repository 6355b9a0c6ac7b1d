"""Finds the reports that a matrix is made of, and verifies those whose code is here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from provider_conformance._check import MODES, Mode
from provider_conformance._child import ask
from provider_conformance._find import declared_providers, undeclared_harness
from provider_conformance.matrix._column import Column
from provider_conformance.matrix._run import NO_LEVEL, Run, read_run
from provider_conformance.reports import read_report, report_stem
from provider_conformance.reports._standing import Standing
from provider_conformance.reports._verify import Doubt

MATRIX_SCHEMA = "provider-conformance-matrix/1"
"""What a matrix calls its form."""


def read_columns(sources: Sequence[str], reports: Path, *, allow_sample: bool) -> list[Column]:
    """Return a column for each provider, by name.

    Reports of a provider that a member of this checkout declares are verified like ``verify NAME``
    does; all others are judged by their files alone.

    Args:
        sources: report files, folders of reports, and names of which this checkout has a harness;
            by default those of all declared providers, or the folder ``reports`` if there are none.
        reports: where the reports of named providers are.
        allow_sample: whether a scaffold's sample protocol is accepted.

    Raises:
        ValueError: a source is none of these, there is no report, or two are of one provider.
    """
    names = list(dict.fromkeys(name for name, _ in declared_providers(Path.cwd())))
    sources = sources or names or [str(reports)]
    names += [name for name in sources if undeclared_harness(name, Path.cwd())]
    runs: dict[Path, Run] = {}
    for source in sources:
        found = _runs_of(source, reports) if source in names else _runs_at(Path(source))
        runs |= {run.file.resolve(): run for run in found}
    return [
        _column(name, own, name in names, allow_sample=allow_sample)
        for name, own in sorted(_by_provider(runs.values()).items())
    ]


def _runs_of(name: str, reports: Path) -> Iterator[Run]:
    """Yield the runs of a provider; that with a scripted service even if it is missing."""
    for mode in MODES:
        file = reports / f"{report_stem(name, mode)}.json"
        if mode != "mock" and not file.is_file():
            continue
        run = read_run(file)
        if run.report and (run.provider, run.mode) != (name, mode):
            said = f"{file} is about a {run.mode} run of {run.provider}; run the checks again"
            run = _doubted(run, [Doubt("altered", said)])
        yield replace(run, provider=name, mode=mode)


def _runs_at(place: Path) -> Iterable[Run]:
    if place.suffix == ".json" and not place.is_dir():
        return [read_run(place)]
    if not place.is_dir():
        raise ValueError(
            f"{place} is not a report, a folder of reports, or a provider that a member of this "
            "checkout declares; run the checks first"
        )
    files = [file for file in sorted(place.glob("*.json")) if not file.name.endswith(".run.json")]
    if reports := [file for file in files if not is_matrix(file)]:
        return map(read_run, reports)
    raise ValueError(f"{place} holds no reports; run the checks first")


def is_matrix(file: Path) -> bool:
    """Whether a file is a matrix, and not a report."""
    try:
        return read_report(file)[0].get("schema") == MATRIX_SCHEMA
    except ValueError:
        return False


def _by_provider(runs: Iterable[Run]) -> Mapping[str, dict[Mode, Run]]:
    found: dict[str, dict[Mode, Run]] = {}
    for run in runs:
        own = found.setdefault(run.provider, {})
        if other := own.get(run.mode):
            raise ValueError(
                f"{other.file} and {run.file} are both of the provider {run.provider!r}; name one"
            )
        own[run.mode] = run
    return found


def _column(name: str, runs: dict[Mode, Run], is_declared: bool, *, allow_sample: bool) -> Column:
    file = next(iter(runs.values())).file
    folder = file.parent
    if "mock" not in runs:
        runs["mock"] = read_run(folder / f"{report_stem(name, 'mock')}.json")
    ordered = {mode: runs[mode] for mode in MODES if mode in runs}
    if is_declared and all(run.file == _usual_file(run, name, folder) for run in runs.values()):
        return _verified(name, ordered, folder, allow_sample=allow_sample)
    if not allow_sample and ordered["mock"].data.get("sample"):
        doubt = Doubt("sample", "its wire speaks the scaffold's sample protocol")
        ordered["mock"] = _doubted(ordered["mock"], [doubt])
    return Column(name, ordered, _standing(ordered), is_verified=False)


def _usual_file(run: Run, name: str, folder: Path) -> Path:
    return folder / f"{report_stem(name, run.mode)}.json"


def _verified(name: str, runs: Mapping[Mode, Run], folder: Path, *, allow_sample: bool) -> Column:
    """Return a column whose reports were compared with the code, in another process."""
    try:
        found = ask(
            "judge",
            target=name,
            reports=str(folder),
            modes=list(runs),
            allow_sample=allow_sample,
        )
    except ValueError as error:
        doubt = Doubt("broken", str(error))
        runs = {mode: _doubted(run, [doubt]) for mode, run in runs.items()}
        return Column(name, runs, NO_LEVEL, is_verified=True)
    told = {mode: [Doubt(**doubt) for doubt in each] for mode, each in found["doubts"].items()}
    judged = {mode: _doubted(run, told[mode]) for mode, run in runs.items()}
    proved = Standing.from_dict(found["standing"]) if found["standing"] else _standing(judged)
    return Column(name, judged, proved, is_verified=True)


def _doubted(run: Run, doubts: Iterable[Doubt]) -> Run:
    """Return a run with more doubts."""
    return replace(run, doubts=list(dict.fromkeys([*run.doubts, *doubts])))


def _standing(runs: Mapping[Mode, Run]) -> Standing:
    run = runs["mock"]
    return NO_LEVEL if run.doubts else run.standing
