"""The level of a provider's last conformance run, from the reports in the current folder.

A report counts if it is about the installed copy: the same distribution, version and SDK, and no
file of either is newer than the run. Whether it is a proof, ``provider-conformance verify`` says.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import provider_sdk
from provider_sdk import PROVIDER_REGISTRY

REPORTS = Path("reports/conformance")

_LEVELS = ("none", "sample", "bronze", "silver", "gold", "platinum")
_LARGEST = 16 << 20


def last_level(name: str, source: str) -> str | None:
    """Return the level of the last run, or ``None`` if none is known for what is installed.

    Args:
        name: a provider that can be loaded.
        source: its distribution and version.
    """
    try:
        body = _read(REPORTS / f"{name}.json")
        run = _object(_read(REPORTS / f"{name}.run.json"))
        report = _object(body)
        known = _is_scripted_run(name, report) and _belong_together(body, run)
        known = known and _is_of(source, run) and _changed_at(name) <= _began_at(run)
    except (OSError, ValueError, TypeError, RecursionError):
        return None  # there is no report, or something else has its name
    level = report.get("level")
    return level if known and level in _LEVELS else None


def _is_scripted_run(name: str, report: Mapping[str, Any]) -> bool:
    found = (report.get("schema"), report.get("provider"), report.get("mode"))
    return found == ("provider-conformance/1", name, "mock")


def _belong_together(body: bytes, run: Mapping[str, Any]) -> bool:
    return run.get("report_digest") == sha256(len(body).to_bytes(8, "big") + body).hexdigest()


def _is_of(source: str, run: Mapping[str, Any]) -> bool:
    versions = run.get("versions")
    sdk = versions.get("provider-contract-sdk") if isinstance(versions, dict) else None
    return str(run.get("installed")).startswith(f"{source}, ") and sdk == provider_sdk.__version__


def _began_at(run: Mapping[str, Any]) -> float:
    return datetime.fromisoformat(run["date"]).timestamp() - float(run["duration_s"])


def _changed_at(name: str) -> float:
    """Return when a file of the provider, or of the SDK, was last changed."""
    package = sys.modules[PROVIDER_REGISTRY[name].__module__.partition(".")[0]]
    modules = (Path(str(module.__file__)) for module in (package, provider_sdk))
    return max(file.stat().st_mtime for module in modules for file in _files(module))


def _files(module: Path) -> Iterator[Path]:
    is_package = module.name == "__init__.py"
    yield from (module.parent.rglob("*.py") if is_package else (module,))


def _read(file: Path) -> bytes:
    if not file.is_file():  # a pipe may have no writer
        raise FileNotFoundError(file)
    with file.open("rb") as opened:
        content = opened.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise ValueError(f"{file} is too large")
    return content


def _object(content: bytes) -> Mapping[str, Any]:
    found = json.loads(content)
    if not isinstance(found, dict):
        raise ValueError("it is not a JSON object")
    return found
