"""The message of a failed check."""

from __future__ import annotations

import shlex
import textwrap

from provider_conformance._check import Check
from provider_conformance.lab._failed import Failed
from provider_conformance.lab._lab import Lab
from provider_conformance.lab._transcript import transcript

_WIDTH = 12


def failure_message(check: Check, failure: Failed, lab: Lab, seed: int) -> str:
    """Return the message: rule, expected, actual, wire, fix, and the line that runs it again."""
    parts = {
        "rule": check.rule,
        "expected": f"{failure.what}: {failure.expected}",
        "actual": failure.actual,
        "wire": transcript(lab),
        "fix": check.fix,
        "more": f"provider-conformance explain {check.id}",
        "run again": rerun_line(check, lab, seed),
    }
    head = f"{check.id} {check.severity} {check.title}"
    lines = [head, *(_labelled(name, text) for name, text in parts.items())]
    text = "\n".join(lines).replace(lab.driver.address, "{service}")
    return lab.redacted(text)


def rerun_line(check: Check, lab: Lab, seed: int) -> str:
    """Return the command line that repeats one check with the same seed."""
    target = shlex.quote(lab.harness.target or lab.harness.name)
    choice = f"--only {check.id} --seed {seed} --driver {lab.driver.name}"
    return f"provider-conformance run {target} {choice}"


def _labelled(name: str, text: str) -> str:
    first, *rest = text.split("\n")
    body = textwrap.indent("\n".join(rest), " " * _WIDTH)
    return f"  {name:<{_WIDTH - 2}}{first}" + (f"\n{body}" if rest else "")
