"""Checks as data: the kit owns them, and nobody subclasses or overrides one."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from provider_sdk import Capability

from provider_conformance.drivers import DriverName
from provider_conformance.lab._lab import Body

Severity = Literal["MUST", "SHOULD", "MAY"]
Mode = Literal["mock", "replay", "live"]

GROUPS = (
    "AUTH",
    "HEALTH",
    "MODELS",
    "CHAT",
    "OPTIONS",
    "TOOLS",
    "STREAM",
    "END",
    "USAGE",
    "ERROR",
    "RETRY",
    "TIMEOUT",
    "LIFE",
    "SECRET",
    "FUZZ",
    "REPLAY",
    "LIVE",
)
"""The groups of checks, in the order of reports."""

BOTH_DRIVERS: tuple[DriverName, ...] = ("respx", "socket")
_ALL_CREDENTIAL_RULES = ("required", "optional", "none")
_SECTIONS = ("Rule", "Why", "How", "Fix")
_ID = re.compile(r"PC-[A-Z]+-\d{3}")


@dataclass(frozen=True, slots=True)
class Check:
    """One statement about providers, and how it is tried.

    Attributes:
        id: stable, never used again for anything else.
        severity: MUST fails, SHOULD warns, MAY informs.
        title: the statement in one sentence.
        rule: what the contract says.
        why: what goes wrong otherwise.
        how: what the check does.
        fix: what to change in a provider that fails.
        since: contract version that introduced it.
        needs: capabilities without which the call must be refused instead.
        credentials: credential rules for which it holds; for the others ``otherwise`` does.
        drivers: where it can be observed.
        mode: against a scripted service, recorded bytes, or the real service.
        body: tries it; raises ``Failed``.
        otherwise: what holds for a provider outside ``credentials``.
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
        """The middle of the id, such as ``AUTH``."""
        return self.id.split("-")[1]


registry: dict[str, Check] = {}
"""Every check that was registered so far, by id; ``checks.all_checks`` fills it."""


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

    Its docstring is the check's text: the title in the first line, then the sections ``Rule:``,
    ``Why:``, ``How:`` and ``Fix:``, one paragraph each.
    """

    def register(body: Body) -> Body:
        if not _ID.fullmatch(id) or id.split("-")[1] not in GROUPS or _is_taken(id, body):
            raise ValueError(f"{id} is no free check id")
        if set(credentials) != set(_ALL_CREDENTIAL_RULES) and otherwise is None:
            raise ValueError(f"{id} says nothing of providers with another credential rule")
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
    # A module that is imported anew, as tests of plugins make it, registers its checks again.
    known = registry.get(id)
    return known is not None and known.body.__qualname__ != body.__qualname__


def _parse_docstring(text: str) -> tuple[str, dict[str, str]]:
    title, _, rest = text.partition("\n")
    sections: dict[str, str] = {}
    for paragraph in re.split(r"\n(?=(?:Rule|Why|How|Fix): )", rest.strip()):
        name, colon, words = paragraph.partition(":")
        if colon and name in _SECTIONS:
            sections[name] = " ".join(words.split())
    return title, sections
