"""Writes the level into a README, between two markers, and the badge beside it."""

from __future__ import annotations

import re
from pathlib import Path

from provider_conformance._files import write_files
from provider_conformance._reading import read_text
from provider_conformance._version import __version__
from provider_conformance.contracts import CONTRACT
from provider_conformance.reports._badge import badge
from provider_conformance.reports._standing import Standing

_BEGIN, _END = "<!-- conformance -->", "<!-- /conformance -->"
_LEVEL_TEXT = re.compile(f"(?<={_BEGIN}\n).*?(?={_END})", re.DOTALL)
_BADGE = "conformance.svg"


def check_readme(readme: Path) -> None:
    """Raise ``ValueError`` unless the file has the two markers."""
    if not readme.is_file() or not _LEVEL_TEXT.search(_text_of(readme)):
        raise ValueError(f"{readme} needs the lines {_BEGIN} and {_END}, in this order")


def write_level(readme: Path, standing: Standing, sampled: int) -> None:
    """Write the level between the markers, and the badge beside the file.

    The same outcome gives the same text, so that a run without news leaves the file unchanged.

    Args:
        sampled: how many checks still speak a sample protocol.
    """
    level, beside = standing.level, "; ".join(standing.beside)
    said = f"Level **{level}** of contract {CONTRACT}, by kit {__version__}."
    if beside:
        said += f" {beside[0].upper()}{beside[1:]}."
    if standing.next:
        said += f" Still lacking {standing.next}."
    if level == "none":
        said = "No level: the last run was red or incomplete."
    if sampled:
        said += f" Checks that still speak the scaffold's sample protocol: {sampled}."
    block = f"![provider contract: {level}]({_BADGE})\n\n{said}\n"
    text = _LEVEL_TEXT.sub(lambda _: block, _text_of(readme))
    place = readme.resolve()  # replacing a link would leave the file behind it as it was
    write_files({readme.with_name(_BADGE): badge(standing).encode(), place: text.encode()})


def _text_of(readme: Path) -> str:
    try:
        return read_text(readme).replace("\r\n", "\n")
    except ValueError as error:
        problem = str(error)
    raise ValueError(f"{readme} cannot be read: {problem}")
