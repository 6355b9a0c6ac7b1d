"""Reports of runs that never happened, for what reads them."""

import json

from provider_conformance import Report, Result, all_checks
from provider_conformance.reports import origin_of, write_reports
from provider_conformance.reports._limits import Limit
from provider_conformance.zoo import HARNESS
from provider_sdk import CAPABILITIES as CAPABILITY_WORDS

ORIGIN = origin_of(HARNESS, None)
CAPABILITIES = sorted(CAPABILITY_WORDS - {"images"})


def write_report(folder, name, mode="mock", *, only=None, limits=0, origin=None, **statuses):
    """Write the reports of a run in which all checks pass but these, and return the JSON file.

    The provider declares every capability but images.

    Args:
        only: how many checks ran; by default all.
        statuses: of the checks that did not pass, by id with underscores.
    """
    given = {id.replace("_", "-"): status for id, status in statuses.items()}
    results = [
        result_of(check, given.get(id, "refused" if "images" in check.needs else "pass"))
        for id, check in all_checks(mode).items()
    ]
    reasons = [Limit("refusals", f"Reason number {n} of it.", "https://a.b") for n in range(limits)]
    report = Report(name, mode, 7, results[:only], limits=reasons, capabilities=[*CAPABILITIES])
    write_reports(report, {**ORIGIN, **(origin or {})}, folder)
    return folder / f"{name}.json" if mode == "mock" else folder / f"{name}.{mode}.json"


def result_of(check, status):
    """Return a result of a check."""
    message = "" if status in ("pass", "refused") else f"{check.id}\n  expected  x\n  actual    y"
    return Result(check.id, status, check.severity, check.title, message, check.drivers[0])


def change(file, **fields):
    """Change fields of a report, and let its run data agree."""
    from provider_conformance.reports._files import body_digest

    file.write_text(json.dumps({**json.loads(file.read_bytes()), **fields}))
    beside = file.with_suffix(".run.json")
    data = {**json.loads(beside.read_bytes()), "report_digest": body_digest(file.read_bytes())}
    beside.write_text(json.dumps(data))
