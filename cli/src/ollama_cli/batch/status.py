"""``batch status``: how far a run is, and whether a process is at it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from provider_sdk.bulk import RunStatus

from ollama_cli.batch.bar import bar_line
from ollama_cli.batch.kept import KeptRun
from ollama_cli.batch.names import next_command
from ollama_cli.batch.report_json import SCHEMA
from ollama_cli.batch.wording import money
from ollama_cli.terminal.columns import width
from ollama_cli.terminal.escapes import values_without_escapes
from ollama_cli.terminal.output import write, write_json
from ollama_cli.terminal.pairs import pairs
