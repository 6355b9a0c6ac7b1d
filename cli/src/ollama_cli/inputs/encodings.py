"""Reading bytes as text."""

from __future__ import annotations

import codecs

import click

# The longer mark first: that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32-LE"),
    (codecs.BOM_UTF32_BE, "UTF-32-BE"),
    (codecs.BOM_UTF16_LE, "UTF-16-LE"),
    (codecs.BOM_UTF16_BE, "UTF-16-BE"),
    (codecs.BOM_UTF8, "UTF-8"),
)


def decoded(data: bytes, source: str) -> str:
    """Return the bytes as text: UTF-8, or what a byte order mark at their beginning says.

    Args:
        data: the bytes.
        source: what they were read from, for the error.

    Raises:
        click.UsageError: they are not text in that encoding.
    """
    mark, encoding = next((pair for pair in _MARKS if data.startswith(pair[0])), (b"", "UTF-8"))
    data = data[len(mark) :]
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        found = data[error.start]
        position = error.start + len(mark)
        problem = (
            f"{source} is not {encoding} text (byte {position} is 0x{found:02x}); convert it "
            "first, for example with iconv or pdftotext"
        )
    else:
        if "\0" not in text:
            return text
        problem = (
            f"{source} is not text: character {text.index(chr(0))} is NUL; "
            "UTF-16 needs a byte order mark"
        )
    raise click.UsageError(problem)
