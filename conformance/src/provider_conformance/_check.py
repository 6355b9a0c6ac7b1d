"""What a check is, and the decorator that registers one.

Checks are data and belong to the kit; a provider cannot subclass or override them.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from provider_sdk import Capability

from provider_conformance.drivers import DriverName
from provider_conformance.lab._lab import Body

Severity = Literal["MUST", "SHOULD", "MAY"]
Mode = Literal["mock", "replay", "live"]
MODES: tuple[Mode, ...] = get_args(Mode)

GROUP_SUBJECTS: Mapping[str, str] = {
    "AUTH": "Credentials that are missing, sent, rejected, or lack a permission.",
    "HEALTH": "A provider is healthy only if the service accepted its credential just now.",
    "MODELS": "The list of models is the service's list, with what it says of each.",
    "CHAT": "The conversation reaches the service as it was written, and so does the answer back.",
    "OPTIONS": "Each option reaches the service as it was given, or is refused.",
    "TOOLS": "Definitions, calls and results of tools, in both directions.",
    "STREAM": "An answer in pieces is the same answer, and each piece comes at once.",
    "END": "How an answer ends: complete, cut off, failed or filtered.",
    "USAGE": "Token counts are the service's own.",
    "ERROR": "Each failure raises the class that says what to do about it.",
    "RETRY": "Which requests are sent again, when, and how often.",
    "TIMEOUT": "Every call ends in time, and none is cut short while data arrives.",
    "LIFE": "Streams, connections and providers are closed; cancelling and sharing work.",
    "SECRET": "The credential goes to the service and appears nowhere else.",
    "FUZZ": "A stream is read in the same way however its bytes are divided and written.",
    "REPLAY": "Recorded answers of the real service are read correctly.",
    "LIVE": "A few calls to the real service, within a budget.",
}
"""What the checks of each group are about, in the order of reports."""

GROUPS = tuple(GROUP_SUBJECTS)
"""The groups of checks, in the order of reports."""

BOTH_DRIVERS: tuple[DriverName, ...] = ("respx", "socket")
_ALL_CREDENTIAL_RULES = ("required", "optional", "none")
_SECTIONS = ("Rule", "Why", "How", "Fix")
CHECK_ID = re.compile(r"PC-[A-Z]+-\d{3}")


@dataclass(frozen=True, slots=True)
class Check:
    """One rule for providers, and the code that tests it.

    Attributes:
        id: stable; never reused for another check.
        severity: a broken MUST fails the run, a broken SHOULD is a warning and costs a level, and a
            broken MAY is a warning only.
        title: the rule in one sentence.
        rule: what the contract says.
        why: what goes wrong if a provider breaks it.
        how: what the check does.
        fix: what to change in a provider that fails.
        since: version of the contract that introduced it.
        needs: capabilities that the check uses. A provider that does not declare one of them must
            refuse the call that needs it; that is tested instead.
        credentials: credential rules of providers to which ``body`` applies; ``otherwise`` applies
            to all others.
        drivers: drivers with which it can be observed.
        mode: whether it runs against a scripted service, recorded bytes, or the real service.
        body: tests a provider; raises ``Failed`` if the rule is broken.
        otherwise: tests a provider whose credential rule is not in ``credentials``.
    """

    id: str
    severity: Severity
    title: str
    rule: str
    why: str
    how: str
    fix: str
    since: str
    needs: tuple[Capability, ...]
    credentials: tuple[str, ...]
    drivers: tuple[DriverName, ...]
    mode: Mode
    body: Body
    otherwise: Body | None = None

    @property
    def group(self) -> str:
        """The group in the id, such as ``AUTH``."""
        return self.id.split("-")[1]


registry: dict[str, Check] = {}
"""All checks registered so far, by id; ``checks.all_checks`` imports the modules that do it."""


def check(
    id: str,
    severity: Severity = "MUST",
    *,
    since: str = "1.0",
    needs: Iterable[Capability] = (),
    credentials: Iterable[str] = _ALL_CREDENTIAL_RULES,
    drivers: tuple[DriverName, ...] = BOTH_DRIVERS,
    mode: Mode = "mock",
    otherwise: Body | None = None,
) -> Callable[[Body], Body]:
    """Register the function below as the body of a check.

    Its docstring holds the check's texts: the title in the first line, then the sections
    ``Rule:``, ``Why:``, ``How:`` and ``Fix:``, one paragraph each.

    Raises:
        ValueError: the id is malformed or taken, a section is missing, or ``otherwise`` is missing
            although ``credentials`` leaves out a rule.
    """

    def register(body: Body) -> Body:
        if not CHECK_ID.fullmatch(id) or id.split("-")[1] not in GROUPS or _is_taken(id, body):
            raise ValueError(f"{id} is not a free check id")
        if set(credentials) != set(_ALL_CREDENTIAL_RULES) and otherwise is None:
            raise ValueError(f"{id} needs otherwise=, for providers with another credential rule")
        title, sections = _parse_docstring(inspect.getdoc(body) or "")
        missing = [name for name in _SECTIONS if name not in sections]
        if missing:
            raise ValueError(f"{id} lacks {', '.join(missing)} in its docstring")
        registry[id] = Check(
            id=id,
            severity=severity,
            title=title,
            rule=sections["Rule"],
            why=sections["Why"],
            how=sections["How"],
            fix=sections["Fix"],
            since=since,
            needs=tuple(needs),
            credentials=tuple(credentials),
            drivers=("live",) if mode == "live" else drivers,
            mode=mode,
            body=body,
            otherwise=otherwise,
        )
        return body

    return register


def _is_taken(id: str, body: Body) -> bool:
    # Tests of pytest plugins import modules a second time, which registers their checks again.
    known = registry.get(id)
    return known is not None and known.body.__qualname__ != body.__qualname__


def _parse_docstring(docstring: str) -> tuple[str, dict[str, str]]:
    title, _, rest = docstring.partition("\n")
    sections: dict[str, str] = {}
    for paragraph in re.split(r"\n(?=(?:Rule|Why|How|Fix): )", rest.strip()):
        name, colon, text = paragraph.partition(":")
        if colon and name in _SECTIONS:
            sections[name] = " ".join(text.split())
    return title, sections
