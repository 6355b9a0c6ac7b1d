"""The options of a question in the help, by what they are about."""

from __future__ import annotations

import click

_SECTIONS = {
    "Who answers": ("provider", "model", "task"),
    "The question": ("system", "template", "params", "files", "images", "effort", "chat_options"),
    "The session": ("newest", "session_id", "no_session"),
    "The answer": (
        "output_format",
        "stream",
        "extract_code",
        "out",
        "reasoning",
        "usage",
        "raw",
        "plain",
        "verbose",
    ),
}
"""The names of the parameters; all others are in the last section."""

_REST = "Other options"
_FIRST_COLUMN = 30
"""How wide the names of options may be, so that the help still stands beside them."""


def write_options(
    command: click.Command, ctx: click.Context, formatter: click.HelpFormatter
) -> None:
    """Write the options of a command, in sections."""
    options = (each for each in command.get_params(ctx) if isinstance(each, click.Option))
    records = {each.name or "": each.get_help_record(ctx) for each in options}
    rows = {name: record for name, record in records.items() if record is not None}
    sections = {
        title: [rows.pop(name) for name in names if name in rows]
        for title, names in _SECTIONS.items()
    }
    for title, found in {**sections, _REST: list(rows.values())}.items():
        if found:
            with formatter.section(title):
                formatter.write_dl(
                    found, col_max=_FIRST_COLUMN if ctx.terminal_width is None else 0
                )
