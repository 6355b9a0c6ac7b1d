"""The message of a failed check."""

from __future__ import annotations

import shlex
import textwrap

from provider_conformance._check import Check
from provider_conformance.lab._failed import Failed
from provider_conformance.lab._lab import Lab
from provider_conformance.lab._subjects import Subject
from provider_conformance.lab._transcript import transcript

_WIDTH = 12


def failure_message(check: Check, failure: Failed, lab: Lab, seed: int) -> str:
    """Return the message: rule, expected, actual, wire, fix, and the line that runs it again."""
    again = rerun_line(check, lab.harness.target or lab.harness.name, seed, lab.driver.name)
    text = composed_message(check, failure, transcript(lab), again)
    return lab.redacted(text.replace(lab.driver.address, "{service}"))


def composed_message(check: Check, failure: Failed, wire: str, again: str) -> str:
    """Return the message with these parts; rule and fix are about the failure's subject."""
    subject = failure.subject or Subject(check.rule, check.fix, check.id)
    parts = {
        "rule": subject.rule,
        "expected": f"{failure.what}: {failure.expected}",
        "actual": failure.actual,
        "differs": failure.difference,
        "wire": wire,
        "fix": subject.fix,
        "more": f"provider-conformance {subject.more or f'explain {check.id}'}",
        "run again": again,
    }
    head = f"{check.id} {check.severity} {check.title}"
    return "\n".join([head, *(_labelled(name, text) for name, text in parts.items() if text)])


def rerun_line(check: Check, target: str, seed: int, driver: str) -> str:
    """Return the command line that repeats one check with the same seed."""
    choice = f"--only {check.id} --seed {seed} --driver {driver}"
    return f"provider-conformance run {shlex.quote(target)} {choice}"


def _labelled(name: str, text: str) -> str:
    first, *rest = text.split("\n")
    body = textwrap.indent("\n".join(rest), " " * _WIDTH)
    return f"  {name:<{_WIDTH - 2}}{first}" + (f"\n{body}" if rest else "")
