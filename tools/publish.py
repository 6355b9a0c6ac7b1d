"""Write the pages of the kit that come from the kit itself: checks, rules, kill matrix.

The matrix is a real run of the zoo and takes minutes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from provider_conformance import all_checks
from provider_conformance._check import GROUPS
from provider_conformance.commands.rules import markdown
from provider_conformance.zoo import Matrix, kill_matrix, registered_mutants

_PAGES = Path(__file__).parents[1] / "docs" / "conformance"
_SEED = 1


def main() -> int:
    """Write the pages."""
    pages = {
        "checks.md": ["# Checks", *_checks()],
        "rules.md": ["# Rules and the checks that try them", "", markdown()],
        "kill-matrix.md": ["# Kill matrix", *_matrix(kill_matrix(_SEED))],
    }
    _PAGES.mkdir(parents=True, exist_ok=True)
    for name, lines in pages.items():
        (_PAGES / name).write_text("\n".join([*lines, ""]), encoding="utf-8")
        print(_PAGES / name)
    return 0


def _checks() -> Iterator[str]:
    for group in GROUPS:
        found = [check for check in all_checks(mode=None).values() if check.group == group]
        yield from ("", f"## {group}")
        for check in found:
            yield from ("", f"### {check.id}", "", f"**{check.severity}.** {check.title}", "")
            yield from (f"- *Rule:* {check.rule}", f"- *Why:* {check.why}")
            yield from (f"- *How:* {check.how}", f"- *Fix:* {check.fix}")


def _matrix(matrix: Matrix) -> Iterator[str]:
    yield from (
        "",
        "Every mutant breaks one rule. It must die by the check that it names, for the reason that",
        "it names; how many checks noticed it besides is told for the curious.",
        "",
        f"Seed {matrix.seed}, {len(matrix.rows) - 1} mutants, {len(all_checks())} checks.",
        "",
        "| Mutant | What it does wrong | Dies by | Noticed by |",
        "|---|---|---|---|",
    )
    for mutant in sorted(registered_mutants().values(), key=lambda m: (m.kills, m.name)):
        row = matrix.rows[mutant.name]
        noticed = sum(not result.is_good for result in row.values())
        yield f"| {mutant.name} | {mutant.story} | {mutant.kills} | {noticed} of {len(row)} |"


if __name__ == "__main__":
    sys.exit(main())
