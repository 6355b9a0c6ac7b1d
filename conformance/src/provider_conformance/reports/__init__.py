"""Reports of a run: for people, for machines, for CI."""

from provider_conformance.reports._files import read_report, write_reports
from provider_conformance.reports._junit import junit
from provider_conformance.reports._table import table

__all__ = ["junit", "read_report", "table", "write_reports"]
