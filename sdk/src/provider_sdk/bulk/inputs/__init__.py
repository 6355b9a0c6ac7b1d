"""Reads rows from files: JSON Lines, OpenAI's batch form, CSV, Parquet and Arrow.

``survey`` reads an input once before anything is sent, and ``read_rows`` reads one shard of it.
Both read it in pieces, whatever its size. Text is UTF-8, with or without a byte order mark.

**JSON Lines**: one JSON object on a line; blank lines are skipped. Without a template and a prompt
column, these keys of a row count, and every other is ignored:

- ``prompt`` (text), or ``messages`` (a conversation as ``chat`` takes it);
- ``id`` (text or a whole number), by default the row's number, from 0;
- ``model``, for this row instead of that of the run;
- ``options``: an object of chat options, over those of the run. A chat option beside it, such as
  ``temperature``, is refused, and not ignored.

With a template or a prompt column, every key is a column, and no key but the id means anything
else.

**OpenAI's batch form**: see ``provider_sdk.bulk.inputs.openai_batch``.

**CSV**: commas, quotes as in RFC 4180, and a header that names the columns. The same names count as
in JSON Lines, but for ``messages`` and ``options``, whose values are no text. Blank lines are
skipped, an empty field is empty text, and a row may go on over several lines within quotes.

**Parquet, Arrow and Feather**: the same names count as in JSON Lines. Arrow may be a file with an
index or a stream. Only the columns that are needed are read.

A line, or a row of CSV, has 64 MiB at most. A system message of the run is put before each
conversation that has none of its own.
"""

from provider_sdk.bulk.inputs.files import Fingerprint, fingerprint
from provider_sdk.bulk.inputs.form import Form, Format
from provider_sdk.bulk.inputs.reading import read_rows
from provider_sdk.bulk.inputs.survey import Survey, survey

__all__ = ["Fingerprint", "Form", "Format", "Survey", "fingerprint", "read_rows", "survey"]
