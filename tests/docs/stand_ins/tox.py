"""Stands for tox: runs nothing, and fails for an environment that there is not."""

import re
import sys
from importlib.metadata import entry_points
from itertools import chain, pairwise
from pathlib import Path


def main(words: list[str]) -> str | None:
    """Return what is wrong with a call."""
    asked = [word for before, word in pairwise(words) if before == "-e"]
    named = set(re.split("[, ]", ",".join(asked))) - {""}
    strangers = named - _declared() - _of_the_toxfile()
    return f"tox has no environment {', '.join(sorted(strangers))}" if strangers else None


def _declared() -> set[str]:
    sections = re.findall(r"^\[testenv:(.*)\]$", Path("tox.ini").read_text("utf-8"), re.MULTILINE)
    return set(chain.from_iterable(section.strip("{}").split(",") for section in sections))


def _of_the_toxfile() -> set[str]:
    providers = [found.name for found in entry_points(group="provider_sdk.providers")]
    return {"conformance", *(f"conformance-{name}" for name in [*providers, "router"])}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
