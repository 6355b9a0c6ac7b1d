"""Stands for tox: runs nothing, and fails for an environment that there is not."""

import re
import subprocess
import sys


def main(words: list[str]) -> str | None:
    """Return what is wrong with a call."""
    asked = [word for before, word in zip(words, words[1:], strict=False) if before == "-e"]
    known = subprocess.run(
        [sys.executable, "-m", "tox", "list", "--no-desc", "--quiet"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    strangers = [name for name in re.split("[, ]", " ".join(asked)) if name not in ["", *known]]
    return f"tox has no environment {', '.join(strangers)}" if strangers else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
