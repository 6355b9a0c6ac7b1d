"""How an input is to be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from provider_sdk.bulk.errors import BulkInputError
from provider_sdk.bulk.templates import Template

Format = Literal["jsonl", "openai", "csv", "parquet", "arrow"]
"""Formats of inputs: JSON Lines, OpenAI's batch form, CSV, Parquet, and Arrow or Feather."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How the rows of an input become requests; it can be pickled.

    With a template or a prompt column every other key of a row is a column and nothing else.
    With neither, a row says itself what is asked, by the keys ``prompt`` (text) or ``messages``
    (a conversation), ``model`` and ``options`` (an object of chat options).

    Args:
        format: the format; ``None`` to find it by name and content.
        template: the user's message, with columns in braces; see ``Template``.
        prompt_column: the column that is the user's message.
        id_column: the column that is the row's id; without it ``id``, if the row has that, else
            the row's number.
        system: the system message for rows that have none of their own.
        limit: how many rows to read at most.

    Raises:
        BulkInputError: the template is malformed, there is a prompt column beside it, or the limit
            is not positive.
    """

    format: Format | None = None
    template: str | None = None
    prompt_column: str | None = None
    id_column: str | None = None
    system: str | None = None
    limit: int | None = None

    def __post_init__(self) -> None:
        if self.template is not None:
            Template(self.template)
            if self.prompt_column is not None:
                raise BulkInputError(
                    "a template and a prompt column both say what to ask", hint="Give one of them."
                )
        if self.limit is not None and self.limit < 1:
            raise BulkInputError(f"the limit must be at least one row, not {self.limit}")

    @property
    def has_own_prompt(self) -> bool:
        """Whether template or prompt column say what is asked, and not the rows themselves."""
        return self.template is not None or self.prompt_column is not None
