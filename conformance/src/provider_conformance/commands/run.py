"""``run``: runs the checks and writes the reports."""

from __future__ import annotations

import argparse
import random
from pathlib import Path
from typing import Self

from provider_conformance._check import MODES, Mode
from provider_conformance._child import ask
from provider_conformance._supervisor import Loaded, Order, run_in_children
from provider_conformance.checks import selected
from provider_conformance.commands._arguments import count
from provider_conformance.commands._say import complain, say
from provider_conformance.lab._live import DEFAULT_BUDGET
from provider_conformance.reports import (
    check_readme,
    harness_place,
    invalidate_reports,
    remove_reports,
    report_stem,
    require_own_reports,
    table,
    write_level,
    write_reports,
)
from provider_conformance.reports._origin import origin_note
from provider_conformance.reports._progress import sample_note
from provider_conformance.reports._result import Report
from provider_conformance.reports._standing import Standing

HELP = "run the checks on a provider"
REPORTS = Path("reports/conformance")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("target", help="provider name, harness file or module:NAME")
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="ID", help="ids or their beginnings"
    )
    parser.add_argument("--verbose", action="store_true", help="show every failure in full")
    parser.add_argument(
        "--first", action="store_true", help="stop at the first failure; writes no reports"
    )
    parser.add_argument("--seed", type=int, help="repeat the run with this seed")
    parser.add_argument(
        "--driver",
        choices=("auto", "respx", "socket"),
        default="auto",
        help="how the service is scripted: within httpx, or on a socket of this machine",
    )
    parser.add_argument(
        "--mode",
        choices=MODES,
        default="mock",
        help="who answers: the scripted service, recordings of the real one, or the real one",
    )
    parser.add_argument("--model", help="the model that a live run asks")
    parser.add_argument(
        "--budget",
        type=count,
        default=DEFAULT_BUDGET,
        metavar="CALLS",
        help="most chats of a live run",
    )
    parser.add_argument(
        "--reports", type=Path, default=REPORTS, metavar="DIR", help="where the reports go"
    )
    parser.add_argument(
        "--readme",
        type=Path,
        metavar="FILE",
        help="write the level between <!-- conformance --> and <!-- /conformance --> in this file, "
        "whatever it is, and its badge as conformance.svg beside it",
    )


def main(options: argparse.Namespace) -> int:
    """Return 0 if no check that ran is red, 1 if one is, 2 if the reports cannot be written.

    The checks run in another process, so that nothing that a provider does to it ends this one. A
    run that is partial, or may be (``--only``, ``--first``), writes no reports: it is not a proof.
    """
    if options.mode == "live" and not options.model:
        raise ValueError("a live run asks a real model; name it with --model")
    if options.readme:
        check_readme(options.readme)
    checks = selected(options.only, options.mode)
    order = Order(
        target=options.target,
        mode=options.mode,
        seed=random.SystemRandom().randrange(10**6) if options.seed is None else options.seed,
        checks=checks,
        driver=options.driver,
        budget=options.budget,
        model=options.model,
        first=options.first,
    )
    partial = bool(options.only) or options.first
    with _Reports(options.reports, options.mode, wanted=not partial) as reports:
        loaded, report = run_in_children(order, reports.begin)
        problem = reports.write(report)
    results, _, verdict = table(report, verbose=options.verbose).rpartition("\n")
    say(results)
    say(verdict, grey=report.level == "sample")
    say(f"{loaded.name}: {origin_note(loaded.origin)}")
    red = report.verdict == "FAIL"
    if note := sample_note(loaded.methods, report.sample, red=red, named_in=reports.named_in):
        say(note)
    if problem:
        complain(problem)
        return 2
    if not partial:
        say(f"reports: {reports.stem}.json (.run.json, .html, .xml, .svg)")
        if options.readme:
            found = ask("level", target=options.target, reports=str(options.reports))
            standing = Standing.from_dict(found["standing"])
            write_level(options.readme, standing, 0 if red else len(report.sample))
    return 1 if red or not report.results else 0


class _Reports:
    """The files of a run: afterwards all are new, or none exists.

    Args:
        wanted: whether there are files at all.
    """

    def __init__(self, folder: Path, mode: Mode, *, wanted: bool) -> None:
        self._folder = folder
        self._mode = mode
        self._wanted = wanted
        self._loaded: Loaded | None = None
        self._are_written = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._loaded and not self._are_written:
            remove_reports(self._loaded.name, self._mode, self._folder)

    def begin(self, loaded: Loaded) -> None:
        """Make the old files prove nothing before the first check runs."""
        if self._wanted:
            place = harness_place(loaded.source, loaded.target, self._folder)
            require_own_reports(loaded.name, self._mode, self._folder, place)
            invalidate_reports(loaded.name, self._mode, self._folder)
            self._loaded = loaded

    def write(self, report: Report) -> str:
        """Write the files; return why that is not possible, if it is not."""
        if self._loaded is None:
            return ""
        try:
            loaded = self._loaded
            place = harness_place(loaded.source, loaded.target, self._folder)
            write_reports(report, loaded.origin, self._folder, place)
        except OSError as error:
            return f"there are no reports: {error}"
        self._are_written = True
        return ""

    @property
    def stem(self) -> Path:
        """Where the files are, without their endings."""
        assert self._loaded is not None
        return self._folder / report_stem(self._loaded.name, self._mode)

    @property
    def named_in(self) -> Path | None:
        """The file that lists the checks that still speak a sample protocol."""
        return self.stem.with_name(f"{self.stem.name}.run.json") if self._loaded else None
