"""Writes the pages that are generated: checks, rules, coverage, kill matrix and right zoo.

Without arguments it writes all of them, else the named ones: ``publish.py checks.md rules.md``. The
matrix and the right zoo need a run of the whole zoo, which takes minutes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from provider_conformance import Check, all_checks
from provider_conformance.checks import BOTH_DRIVERS, GROUPS
from provider_conformance.commands.rules import markdown
from provider_conformance.contracts import CONTRACT
from provider_conformance.coverage import Cell, all_cells
from provider_conformance.coverage import markdown as coverage_tables
from provider_conformance.zoo import (
    REFERENCE,
    Matrix,
    Mutant,
    Right,
    gate,
    kill_matrix,
    registered_mutants,
    registered_right,
    right_problems,
)

PAGES = Path(__file__).parents[1] / "docs" / "conformance"
_SEED = 1
_SAMPLE = 60
"""How many checks a mutant meets beside its own: all of them would take a quarter of an hour."""
_WRITTEN = "<!-- written by tools/publish.py -->"
_CODE = re.compile(
    r"""(`[^`]+`                                    # marked already
        |\w+\("[^"]*"\)                             # Error("…")
        |</?\w+>                                    # a tag
        |"\w+_\w+"                                  # "content_filter"
        |(?:\*\*)?[\w.]*_[\w.]*\w(?:=\w*|\(\)|\[[\w.]+\])?  # max_retries=0, list_models()
        |[\w.]+\(\)(?:\.\w+)?)                      # probe(), probe().ok""",
    re.VERBOSE,
)


def main(names: Sequence[str]) -> int:
    """Write the named pages, or all pages if none is named."""
    writers: dict[str, Callable[[], str]] = {
        "checks.md": checks_page,
        "rules.md": rules_page,
        "coverage.md": _proved_coverage,
        "kill-matrix.md": _proved_matrix,
        "right-zoo.md": _proved_right,
    }
    PAGES.mkdir(parents=True, exist_ok=True)
    for name in names or writers:
        (PAGES / name).write_text(writers[name](), encoding="utf-8")
        print(PAGES / name, flush=True)
    return 0


def checks_page() -> str:
    """Return the page that lists all checks, by group."""
    known = all_checks(mode=None).values()
    groups = {group: [check for check in known if check.group == group] for group in GROUPS}
    overview = ", ".join(
        f"[{name}](#{name.lower()}) {len(found)}" for name, found in groups.items()
    )
    lines = [
        "# Checks",
        "",
        f"Contract {CONTRACT}: {len(all_checks())} checks against a scripted service, and",
        f"{len(known) - len(all_checks())} against recordings or the real one.",
        "`provider-conformance explain ID` prints an entry.",
        "",
        f"{overview}.",
    ]
    for group, found in groups.items():
        lines += ["", f"## {group}"]
        for check in found:
            lines += ["", *_entry(check)]
    return _page(lines)


def rules_page() -> str:
    """Return the page that lists the checks of each rule."""
    return _page(
        [
            "# Rules and the checks that try them",
            "",
            "Each rule of the contract has the checks that test it, or the reason why none does.",
            "Each check belongs to at least one rule.",
            "",
            _linked(_prose(markdown())),
        ]
    )


def coverage_page(cells: Sequence[Cell]) -> str:
    """Return the page that lists which checks cover each form of each field."""
    excused = sum(not cell.checks for cell in cells)
    return _page(
        [
            "# Coverage",
            "",
            "Each field of the contract's types, in each form that the contract allows. To measure",
            "a line, the reference provider is made to lose just that form, in whole or streamed",
            "calls. The checks that then fail are listed; a form that none notices says why.",
            "",
            f"{len(cells)} cells, {excused} of them with a reason instead of a check.",
            "",
            _linked(coverage_tables(cells)),
        ]
    )


def matrix_page(matrix: Matrix) -> str:
    """Return the page of mutants: what each does wrong, and which check notices it."""
    lines = [
        "# Kill matrix",
        "",
        "A mutant is a provider that breaks one rule. It must fail the check that it names, for",
        "the reason that it names (it dies by that check), and every check must have a mutant.",
        f"Here each mutant met its own check and {_SAMPLE} others, which the seed chose; the last",
        "column says how many noticed it. FUZZ, and checks that need a socket, are run only on the",
        "mutants that name them; a mutant that hangs in several checks runs no more.",
        "",
        f"{len(registered_mutants())} mutants, {len(all_checks())} checks, seed {matrix.seed}.",
        "Every mutant dies as it says, every check is killed, and the provider that the mutants",
        "are made of passes all.",
    ]
    mutants = sorted(registered_mutants().values(), key=lambda mutant: (mutant.kills, mutant.name))
    for group in GROUPS:
        if found := [mutant for mutant in mutants if mutant.kills.split("-")[1] == group]:
            lines += [
                "",
                f"## {group}",
                "",
                "| Mutant | What it does wrong | Dies by | Noticed by |",
            ]
            lines += ["|---|---|---|---|", *(_row(mutant, matrix) for mutant in found)]
    return _page(lines)


def right_page(matrix: Matrix) -> str:
    """Return the page of right providers: what is unusual about each, and how it fares."""
    found = registered_right()
    lines = [
        "# Right zoo",
        "",
        "Providers that keep the contract in unusual ways. A check that fails one of them demands",
        "more than the contract does, and the gate is red. A warning is expected where a provider",
        "breaks a SHOULD, as it may.",
        "",
        f"{len(found)} right providers, {len(all_checks())} checks, seed {matrix.seed}.",
        "",
        "| Provider | What is unusual | Driver | Passes | Warns |",
        "|---|---|---|---|---|",
        *(_right_row(provider, matrix) for provider in found.values()),
    ]
    return _page(lines)


def _proved_coverage() -> str:
    cells = all_cells(_SEED)
    if problems := [str(cell) for cell in cells if cell.problem]:
        sys.exit("cells are empty, and nothing is published:\n" + "\n".join(problems))
    return coverage_page(cells)


def _proved_matrix() -> str:
    mutants = kill_matrix(_SEED, _SAMPLE, [REFERENCE, *registered_mutants()])
    right = kill_matrix(_SEED, 0, registered_right())
    if problems := gate(Matrix(_SEED, {**mutants.rows, **right.rows})):
        sys.exit("the gate is red, and nothing is published:\n" + "\n".join(problems))
    return matrix_page(mutants)


def _proved_right() -> str:
    matrix = kill_matrix(_SEED, names=registered_right())
    if problems := right_problems(matrix):
        sys.exit("checks fail right providers; nothing is published:\n" + "\n".join(problems))
    return right_page(matrix)


def _page(lines: Iterable[str]) -> str:
    return "\n".join([*lines, "", _WRITTEN, ""])


def _entry(check: Check) -> Iterator[str]:
    yield from (f"### {check.id}", "", f"**{check.severity}.** {_prose(check.title)}", "")
    for name in ("rule", "why", "how", "fix"):
        yield f"- *{name.capitalize()}:* {_prose(getattr(check, name))}"
    if check.needs:
        needs = " and ".join(f"`{need}`" for need in check.needs)
        yield f"- *Otherwise:* a provider that does not declare {needs} must refuse the call."
    if check.drivers != BOTH_DRIVERS:
        yield f"- *Observed:* only on {' and '.join(check.drivers)}."


def _row(mutant: Mutant, matrix: Matrix) -> str:
    results = matrix.rows[mutant.name].values()
    noticed = sum(not result.is_good for result in results)
    killer = _linked(mutant.kills)
    return f"| {mutant.name} | {_prose(mutant.story)} | {killer} | {noticed} of {len(results)} |"


def _right_row(provider: Right, matrix: Matrix) -> str:
    results = matrix.rows[provider.name].values()
    passed = sum(result.is_good for result in results)
    warns = ", ".join(map(_linked, sorted(provider.warns))) or "none"
    return (
        f"| {provider.name} | {_prose(provider.unusual)} | {provider.driver} "
        f"| {passed} of {len(results)} | {warns} |"
    )


def _linked(text: str) -> str:
    return re.sub(r"PC-[A-Z]+-\d{3}", lambda id: f"[{id[0]}](checks.md#{id[0].lower()})", text)


def _prose(text: str) -> str:
    """Mark code as code, so that Markdown does not read it as markup."""
    parts = _CODE.split(text)
    parts[::2] = [part.replace("<", "&lt;") for part in parts[::2]]
    parts[1::2] = [f"`{part.strip('`')}`" for part in parts[1::2]]
    return "".join(parts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
