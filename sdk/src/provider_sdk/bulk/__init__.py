"""Bulk runs: thousands of prompts from a file, resumable, within limits and a budget.

``BulkRun`` asks a provider once for each row of a file, and writes the answers in the same order.
What was sent and what was answered is in a journal on disk before anything else happens. So
a run that ends at any moment, by ``kill -9`` too, goes on where it was.
"""

from provider_sdk._public import show_public_path
from provider_sdk.bulk.errors import (
    BulkError,
    BulkInputError,
    JournalError,
    LeaseLostError,
    RunBusyError,
    RunChangedError,
)
from provider_sdk.bulk.inputs import Form
from provider_sdk.bulk.limits import Caps, Limits, RunStoppedError, Stop
from provider_sdk.bulk.limits.stops import StopKind
from provider_sdk.bulk.rows import Result, Row, RowError
from provider_sdk.bulk.running.bulk_run import BulkRun
from provider_sdk.bulk.running.plan import Plan
from provider_sdk.bulk.running.progress import Progress
from provider_sdk.bulk.running.report import BulkReport, Share
from provider_sdk.bulk.running.status import Status

__all__ = [
    "BulkError",
    "BulkInputError",
    "BulkReport",
    "BulkRun",
    "Caps",
    "Form",
    "JournalError",
    "LeaseLostError",
    "Limits",
    "Plan",
    "Progress",
    "Result",
    "Row",
    "RowError",
    "RunBusyError",
    "RunChangedError",
    "RunStoppedError",
    "Share",
    "Status",
    "Stop",
    "StopKind",
]

show_public_path(__name__)
