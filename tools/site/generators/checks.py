"""The pages of checks: an overview, and a page per group with an entry for each check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from provider_conformance import Check, all_checks
from provider_conformance.checks import BOTH_DRIVERS, GROUP_SUBJECTS, GROUPS
from provider_conformance.contracts import CONTRACT, contract_ids
from provider_conformance.reports import OUTSIDE_BRONZE
from provider_conformance.zoo import Mutant

from tools.site.kit.mutant_code import mutant_code, mutants_by_check
from tools.site.kit.prose import prose
from tools.site.kit.rule_ids import RULES_PAGE, rules_by_anchor, rules_of
from tools.site.page import Page

FOLDER = "conformance/checks"
_MODES = {
    "replay": "It reads recordings of the real service.",
    "live": "It calls the real service.",
}


def pages() -> Iterable[Page]:
    """Yield the overview, and the page of each group."""
    yield Page(f"{FOLDER}/index.md", _overview())
    for group in GROUPS:
        yield Page(f"{FOLDER}/{group.lower()}.md", _group_page(group))


def _checks_of(group: str) -> list[Check]:
    return [check for check in all_checks(mode=None).values() if check.group == group]


def _overview() -> str:
    lines = [
        "# Checks",
        "",
        f"Every check of contract {CONTRACT}: what it demands, why, how it works, a provider that",
        "fails it, and what to change.",
        "",
        "```sh",
        "provider-conformance explain PC-CHAT-002   # one of them in the terminal",
        "provider-conformance run NAME --only CHAT  # one group of them",
        "```",
        "",
        "| Group | What it is about | MUST | SHOULD | All | Mutants |",
        "|---|---|--:|--:|--:|--:|",
        *map(_group_row, GROUPS),
        _total_row(),
        "",
        "A broken MUST fails the run. A broken SHOULD is a warning, and costs the level Silver. A",
        "mutant is a provider that is broken on purpose, and that the check must fail: the page of",
        "a group shows the code of each. REPLAY and LIVE have none, and say how they are tried.",
        "",
        "## What a level takes",
        "",
        "| Level | Checks | Which |",
        "|---|--:|---|",
        *_level_rows(),
        "",
        "[Levels](../levels.md) explains what else counts.",
        "",
        "## By another order",
        "",
        f"- [Rules]({RULES_PAGE}): the {len(rules_by_anchor())} rules of the contract, with the",
        "  checks for each.",
        "- [Coverage](coverage.md): each field of the contract's types in each form, with the",
        "  checks that notice its loss.",
        "- [Kill matrix](kill-matrix.md): each mutant, and the check that fails it.",
        "- [Right zoo](right-zoo.md): unusual providers that keep the contract, which every check",
        "  must pass.",
    ]
    return _text(lines)


def _group_row(group: str) -> str:
    found = _checks_of(group)
    link = f"[{group}]({group.lower()}.md)"
    return f"| {link} | {GROUP_SUBJECTS[group]} | {_counts(found)} |"


def _total_row() -> str:
    return f"| **All** | | {_counts(list(all_checks(mode=None).values()))} |"


def _counts(found: Sequence[Check]) -> str:
    mutants = mutants_by_check()
    severities = [check.severity for check in found]
    counts = (
        severities.count("MUST"),
        severities.count("SHOULD"),
        len(found),
        sum(len(mutants.get(check.id, ())) for check in found),
    )
    return " | ".join(map(str, counts))


def _level_rows() -> Iterator[str]:
    known = all_checks(mode=None)
    scored = [known[id] for id in contract_ids()]
    outside = " and ".join(OUTSIDE_BRONZE)
    bronze = [c for c in scored if c.severity == "MUST" and c.group not in OUTSIDE_BRONZE]
    yield f"| Bronze | {len(bronze)} | every MUST outside {outside} |"
    yield f"| Silver | {len(scored)} | every MUST and every SHOULD against a scripted service |"
    count = len(scored)
    for level, mode in (("Gold", "replay"), ("Platinum", "live")):
        count += sum(check.mode == mode for check in known.values())
        yield f"| {level} | {count} | those, and [{mode.upper()}]({mode}.md) |"


def _group_page(group: str) -> str:
    found = _checks_of(group)
    severities = [check.severity for check in found]
    musts, shoulds = severities.count("MUST"), severities.count("SHOULD")
    lines = [
        f"# {group}",
        "",
        GROUP_SUBJECTS[group],
        "",
        f"{_counted(len(found), 'check')}: {musts} MUST and {shoulds} SHOULD.",
        "[All groups](index.md).",
    ]
    for check in found:
        lines += ["", *_entry(check)]
    return _text(lines)


def _entry(check: Check) -> Iterator[str]:
    label = f'{{ #{check.id.lower()} data-toc-label="{check.id}" }}'
    yield f"## {check.id}: {prose(check.title).rstrip('.')} {label}"
    yield ""
    yield " ".join([f"**{check.severity}**, since contract {check.since}.", *_where(check)])
    yield ""
    yield f"- **Rule.** {prose(check.rule)}"
    found = rules_of(check.id)
    if found:
        links = [f"[{prose(rule.text)}]({RULES_PAGE}#{to})" for to, rule in found.items()]
        yield f"- **In the contract.** {' '.join(links)}"
    yield f"- **Why.** {prose(check.why)}"
    yield f"- **How it is checked.** {prose(check.how)}"
    yield f"- **Remedy.** {prose(check.fix)}"
    if check.needs:
        needs = " and ".join(f"`{need}`" for need in check.needs)
        yield f"- **Without the capability.** A provider that does not declare {needs} must refuse"
        yield "  the call, before it sends anything."
    mutants = mutants_by_check().get(check.id, [])
    for mutant in mutants:
        yield from _mutant(mutant)
    if not mutants:
        yield from ("", "The zoo has no mutant for it, because it is tried with other tests:")
        yield "recordings, or a service in place of the real one."


def _where(check: Check) -> Iterator[str]:
    if check.mode != "mock":
        yield _MODES[check.mode]
    elif check.drivers != BOTH_DRIVERS:
        yield f"It is observed with the driver {' and '.join(check.drivers)} only."
    else:
        yield "It is observed with either driver."


def _mutant(mutant: Mutant) -> Iterator[str]:
    yield from ("", f'??? failure "A provider that fails it: {mutant.name}"')
    yield from ("", f"    {prose(mutant.story)} The check fails it with", "")
    yield f"    > expected  … {prose(mutant.because)} …"
    yield from ("", "    ```python")
    yield from (f"    {line}".rstrip() for line in mutant_code(mutant).splitlines())
    yield "    ```"


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _text(lines: Iterable[str]) -> str:
    return "\n".join([*lines, ""])
