"""The rules of the contract, each with the checks that test it."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from provider_conformance.checks import all_checks


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the contract.

    Attributes:
        section: the part of the contract that it belongs to.
        text: the rule.
        ids: the checks that test it.
        excluded: why no check does, if so.
    """

    section: str
    text: str
    ids: Sequence[str]
    excluded: str = ""


def rules() -> list[Rule]:
    """Return all rules of the contract, in order."""
    text = (files("provider_conformance") / "contracts" / "rules.toml").read_text("utf-8")
    return [
        Rule(
            section=entry["section"],
            text=entry["text"],
            ids=_matching_ids(entry.get("checks", ())),
            excluded=entry.get("excluded", ""),
        )
        for entry in tomllib.loads(text)["rule"]
    ]


def _matching_ids(names: Sequence[str]) -> list[str]:
    return [id for name in names for id in all_checks() if id == name or id.startswith(f"{name}-")]
