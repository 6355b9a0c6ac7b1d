"""What a busy service does to its clients: limits, latencies, faults by share; and what it counts.

``Traffic`` decides what becomes of each request and counts it, without any I/O. ``TrafficService``
is the scripted service with it; any other server can ask a ``Traffic`` too, and counts the same.
"""

from provider_conformance.traffic._counts import SCHEMA, Counts, row_of
from provider_conformance.traffic._latencies import Latency, parse_duration, parse_latency
from provider_conformance.traffic._rates import RateLimits, Window, parse_window
from provider_conformance.traffic._service import COUNTS_PATH, TrafficService
from provider_conformance.traffic._shares import Shares, parse_share
from provider_conformance.traffic._traffic import Traffic, Verdict

__all__ = [
    "COUNTS_PATH",
    "SCHEMA",
    "Counts",
    "Latency",
    "RateLimits",
    "Shares",
    "Traffic",
    "TrafficService",
    "Verdict",
    "Window",
    "parse_duration",
    "parse_latency",
    "parse_share",
    "parse_window",
    "row_of",
]
