"""Rows of what a probe says."""

from __future__ import annotations

from provider_conformance.coverage._forms import PRESENT, Form
from provider_conformance.coverage._rows import WHOLE, Row, of_field, row


def _only_one_of(value: object) -> list[Form]:
    """Return the forms of a field that is this where all is well, and something else if not."""
    return [
        Form("if healthy", lambda found: "invented" if found == value else found),
        Form("if unhealthy", lambda found: found if found == value else value),
    ]


row(
    Row(
        "Health.ok",
        "",
        "health",
        of_field("ok"),
        [
            Form("true", lambda ok: False),
            Form("false", lambda ok: True),
        ],
        ["PC-HEALTH-002", "PC-HEALTH-003"],
        WHOLE,
    ),
    Row(
        "Health.reason",
        "",
        "health",
        of_field("reason", ""),
        [*_only_one_of(""), Form("the service's words", lambda reason: reason and "unhealthy")],
        ["PC-HEALTH-002", "PC-HEALTH-017"],
        WHOLE,
    ),
    Row(
        "Health.latency_s",
        "",
        "health",
        of_field("latency_s", 0.0),
        [
            PRESENT,
            Form("in seconds", lambda seconds: seconds * 1000),
            Form("fractions", lambda seconds: float(int(seconds))),
        ],
        ["PC-HEALTH-016"],
        WHOLE,
    ),
    Row("Health.error", "", "health", of_field("error"), [PRESENT], ["PC-HEALTH-021"], WHOLE),
)
