"""``python -m tools.site``: build the site into ``site/``; with ``generate``, only its pages."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from tools.site.generate import write_pages
from tools.site.page import ROOT


def main(arguments: Sequence[str]) -> int:
    """Generate the pages and build the site; return the exit code."""
    if arguments not in ([], ["generate"]):
        print("usage: python -m tools.site [generate]", file=sys.stderr)
        return 2
    write_pages()
    if arguments == ["generate"]:
        return 0
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
