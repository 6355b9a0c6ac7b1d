"""Writes, reads and checks the reports of a run: JSON, HTML, JUnit XML, badge and terminal."""

from provider_conformance.reports._badge import badge
from provider_conformance.reports._deviations import read_deviations
from provider_conformance.reports._files import (
    body_digest,
    harness_place,
    invalidate_reports,
    read_report,
    remove_reports,
    report_stem,
    require_own_reports,
    statuses,
    write_reports,
    write_standing,
)
from provider_conformance.reports._junit import junit
from provider_conformance.reports._levels import LIVE_COUNTS
from provider_conformance.reports._origin import origin_of
from provider_conformance.reports._progress import sample_problems
from provider_conformance.reports._readme import check_readme, write_level
from provider_conformance.reports._standing import OUTSIDE_BRONZE
from provider_conformance.reports._table import table

__all__ = [
    "LIVE_COUNTS",
    "OUTSIDE_BRONZE",
    "badge",
    "body_digest",
    "check_readme",
    "harness_place",
    "invalidate_reports",
    "junit",
    "origin_of",
    "read_deviations",
    "read_report",
    "remove_reports",
    "report_stem",
    "require_own_reports",
    "sample_problems",
    "statuses",
    "table",
    "write_level",
    "write_reports",
    "write_standing",
]
