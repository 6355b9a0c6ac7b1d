"""Writes and reads the report files of a run."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from provider_conformance._check import Mode
from provider_conformance._files import write_files
from provider_conformance._reading import parse_json, read_bytes
from provider_conformance._text import clean
from provider_conformance.reports._badge import badge
from provider_conformance.reports._digests import digest
from provider_conformance.reports._html import html
from provider_conformance.reports._junit import junit
from provider_conformance.reports._result import Report
from provider_conformance.reports._standing import Standing

_RUN_DATA = "run.json"
_ENDINGS = ("json", _RUN_DATA, "xml", "html", "svg")
_MOST_NAME_BYTES = 120
_UNSAFE = re.compile(r"[^\w.-]+")
_TOOLS = ("pytest", "respx")


def write_reports(report: Report, origin: Mapping[str, Any], folder: Path, place: str = "") -> None:
    """Write ``<name>.json``, ``<name>.run.json``, ``<name>.html``, ``<name>.xml``, ``<name>.svg``.

    The first is byte for byte the same for the same provider and seed. The second holds dates,
    durations and versions, a digest of the first file, and ``origin``.

    Args:
        origin: that of the harness, found before the run. A file that changes during the run then
            invalidates the report.
        place: where the harness is, as ``harness_place`` says.

    Raises:
        OSError: they could not all be written. What was there before is as it was.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = report_stem(report.provider, report.mode)
    body = _dump(report.to_dict())
    run_data = {**_run_data(report, origin, body), "harness": place}
    files = (
        body,
        _dump(run_data),
        junit(report),
        html(report, report.standing, run_data).encode(),
        badge(report.standing).encode(),
    )
    contents = {
        folder / f"{name}.{ending}": content
        for ending, content in zip(_ENDINGS, files, strict=True)
    }
    # Last, the file without which the others are not a proof.
    write_files({file: contents[file] for file in sorted(contents, key=_is_run_data)})


def write_standing(provider: str, standing: Standing, folder: Path) -> None:
    """Write the overall level into badge and page of a scripted run, as far as there is one."""
    stem = folder / report_stem(provider, "mock")
    files = {stem.with_name(f"{stem.name}.svg"): badge(standing).encode()}
    with contextlib.suppress(ValueError):
        report = Report.from_dict(read_report(stem.with_name(f"{stem.name}.json"))[0])
        run_data, _ = read_report(stem.with_name(f"{stem.name}.{_RUN_DATA}"))
        page = html(report, standing, run_data)
        files[stem.with_name(f"{stem.name}.html")] = page.encode()
    write_files(files)


def report_stem(provider: str, mode: Mode) -> str:
    """Return the common name of the report files, without an ending.

    It is the provider's name, safe as a file name, with the mode unless that is ``"mock"``.
    """
    safe = _UNSAFE.sub("_", clean(provider)).lstrip(".").encode()
    name = safe[:_MOST_NAME_BYTES].decode("utf-8", "ignore") or "provider"
    return name if mode == "mock" else f"{name}.{mode}"


def harness_place(source: Path | None, target: str, folder: Path) -> str:
    """Return where a harness is, as seen from a folder of reports."""
    if source is None:
        return target
    name = "" if target.endswith(".py") else target.partition(":")[2]
    place = Path(os.path.relpath(source.resolve(), folder.resolve())).as_posix()
    return f"{place}:{name or 'HARNESS'}"


def require_own_reports(provider: str, mode: Mode, folder: Path, place: str) -> None:
    """Raise ``ValueError`` if the reports in a folder are those of another harness.

    Two harnesses may have providers of one name. If the other one is gone, it was moved.
    """
    file = folder / f"{report_stem(provider, mode)}.{_RUN_DATA}"
    try:
        other = read_report(file)[0].get("harness")
    except ValueError:
        return
    if isinstance(other, str) and other not in ("", place) and _is_there(folder, other):
        raise ValueError(
            f"{file} is of another harness with the same name, {other} as seen from there; give "
            "each a folder by --reports, or delete the file"
        )


def _is_there(folder: Path, place: str) -> bool:
    try:
        return (folder / place.rpartition(":")[0]).is_file()
    except OSError:
        return False  # no system takes such a name


def invalidate_reports(provider: str, mode: Mode, folder: Path) -> None:
    """Make the files of an earlier run prove nothing, whatever comes of the run that begins.

    They are replaced when the new ones are complete.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{report_stem(provider, mode)}.{_RUN_DATA}").unlink(missing_ok=True)


def remove_reports(provider: str, mode: Mode, folder: Path) -> None:
    """Remove the files of an earlier run, because nothing has replaced them."""
    for ending in _ENDINGS:
        with contextlib.suppress(OSError):
            (folder / f"{report_stem(provider, mode)}.{ending}").unlink(missing_ok=True)


def read_report(path: Path) -> tuple[Mapping[str, Any], bytes]:
    """Return a JSON report file, decoded and as bytes.

    Raises:
        ValueError: it cannot be read, or does not hold a JSON object.
    """
    try:
        body = read_bytes(path)
        data = parse_json(body)
    except FileNotFoundError:
        problem = "is missing; run the checks first"
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
    except ValueError as error:
        problem = f"is not a report: {error}; run the checks again"
    else:
        problem = ""
    if problem:
        raise ValueError(f"{path} {problem}")
    if not isinstance(data, dict):
        raise ValueError(f"{path} is not a report; run the checks again")
    return data, body


def statuses(report: Mapping[str, Any]) -> dict[str, str]:
    """Return the status of each check in a report, by id.

    Raises:
        ValueError: it has no list of results.
    """
    results = report.get("results")
    if not isinstance(results, list) or not all(map(_is_result, results)):
        raise ValueError("it holds no results of checks")
    return {result["id"]: result["status"] for result in results}


def _is_result(result: object) -> bool:
    return isinstance(result, dict) and all(
        isinstance(result.get(key), str) for key in ("id", "status")
    )


def body_digest(body: bytes) -> str:
    """Return the digest of a report, which its ``.run.json`` repeats."""
    return digest([body])


def _is_run_data(file: Path) -> bool:
    return file.name.endswith(f".{_RUN_DATA}")


def _run_data(report: Report, origin: Mapping[str, Any], body: bytes) -> dict[str, Any]:
    sample = {"sample": report.sample} if report.sample else {}
    return {
        "schema": "provider-conformance-run/1",
        "provider": report.provider,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "duration_s": round(report.duration_s, 3),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "report_digest": body_digest(body),
        **origin,
        "versions": {
            **{name: _installed_version(name) for name in _TOOLS},
            **origin.get("versions", {}),
        },
        **sample,
    }


def _installed_version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _dump(data: Mapping[str, Any]) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=1).encode() + b"\n"
