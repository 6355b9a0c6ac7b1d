"""Which real service a replay or a live run heard of, and whether that counts for a level."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from provider_conformance._check import Mode
from provider_conformance._harness import Harness, declared
from provider_conformance._text import clean
from provider_conformance.cassettes import read_cassettes

_LOCAL_NAMES = (".localhost", ".local", ".internal", ".lan", ".home.arpa")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The hosts of a service, and the days on which it was recorded or asked."""

    hosts: Sequence[str] = ()
    days: Sequence[str] = ()

    def __str__(self) -> str:
        hosts = ", ".join(host or "an unnamed host" for host in self.hosts)
        days = " to ".join(dict.fromkeys([*self.days[:1], *self.days[-1:]]))
        return f"{hosts}, {days}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as it stands in ``.run.json``."""
        return {"hosts": list(self.hosts), "days": list(self.days)}

    @classmethod
    def from_dict(cls, data: Any) -> Evidence:
        """Return what ``to_dict`` returned; of anything else, no evidence."""
        if not isinstance(data, Mapping):
            return cls()
        hosts, days = (_texts(data.get(key)) for key in ("hosts", "days"))
        return cls(hosts, days)


def evidence_of(harness: Harness, mode: Mode, today: date) -> Evidence | None:
    """Return what a run in a mode rests on; nothing for a scripted run."""
    if mode == "replay":
        tapes = read_cassettes(harness.cassettes)
        return Evidence(
            sorted({clean(tape.host) for tape in tapes}),
            sorted({clean(tape.recorded) for tape in tapes}),
        )
    if mode == "live":
        return Evidence([_live_host(harness)], [today.isoformat()])
    return None


def problem_with(evidence: Evidence, harness: Harness, today: date) -> str | None:
    """Return why evidence does not count for Gold or Platinum, or ``None`` if it does.

    It counts if every host is that of an address that the provider's class has as its default, and
    is neither this machine nor one of a private network, where anything can answer.
    """
    own = sorted(_own_hosts(harness))
    for host in evidence.hosts or ("",):
        if not host:
            return "nothing says which host answered; record or run it again"
        if _is_local(host):
            return f"{host} is not a public service: anything can answer there"
        if not own:
            return (
                f"{host} cannot be told from another service, because the class of "
                f"{harness.name} has no base_url of its own"
            )
        if host not in own:
            return f"{host} answered, and the service of {harness.name} is {' or '.join(own)}"
    if odd := [day for day in evidence.days or ("",) if not _is_past(day, today)]:
        return f"{odd[0]!r} is not a day until today; record or run it again"
    return None


def _live_host(harness: Harness) -> str:
    variable = declared(harness.provider, "base_url_env") or ""
    return _host(os.environ.get(variable, "").strip() or _class_address(harness, "base_url"))


def _own_hosts(harness: Harness) -> set[str]:
    # A harness derives further addresses from the service's, such as that of a hub: the class's
    # attributes of these names are the real ones.
    names = [name for name, text in harness.keywords.items() if "{address}" in str(text)]
    return {_host(_class_address(harness, name)) for name in ("base_url", *names)} - {""}


def _class_address(harness: Harness, name: str) -> str:
    found = getattr(harness.provider, name, "")
    return found if isinstance(found, str) else ""


def _host(address: str) -> str:
    """Return the host of an address, whose scheme may be left out."""
    try:
        return urlsplit(address if "://" in address else f"//{address}").hostname or ""
    except ValueError:
        return ""


def _is_local(host: str) -> bool:
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        name = host.rstrip(".")
        return "." not in name or name.endswith(_LOCAL_NAMES) or name.replace(".", "").isdigit()
    return not (getattr(address, "ipv4_mapped", None) or address).is_global


def _is_past(text: str, today: date) -> bool:
    try:
        return date.fromisoformat(text) <= today
    except ValueError:
        return False


def _texts(values: Any) -> list[str]:
    if not isinstance(values, Iterable) or isinstance(values, str):
        return []
    return [value for value in values if isinstance(value, str)]
