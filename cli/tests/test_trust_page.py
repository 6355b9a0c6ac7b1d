"""What docs/trust.md shows is what the command shows."""

import re
from pathlib import Path

from ollama_cli.settings.keys import KEYS

from ._project import hooks, write_project

PAGE = (Path(__file__).parents[2] / "docs" / "trust.md").read_text(encoding="utf-8")
(SHOWN,) = re.findall(r"```console\n\$ ollama-cli trust\n(.*?)Trust it, ", PAGE, re.DOTALL)


def test_what_is_shown_is_as_on_the_page(shell, tmp_path, monkeypatch) -> None:
    """The example can be made, and gives these lines."""
    root = write_project(
        tmp_path / "acme",
        {
            ".env": "ACME_API_KEY=secret\nDATABASE_URL=secret\n",
            ".ollama/commands/translate.md": "Translate this.",
            ".ollama/prompts/review.md": "Review this.",
            "tools/check.py": "print(1)",
        },
        provider="acme",
        providers={
            "acme": {"base_url": "https://api.acme.example/v1", "api_key_env": "ACME_API_KEY"}
        },
        hooks=hooks("python tools/check.py"),
    )
    monkeypatch.chdir(root)

    result = shell.run("trust", "--yes")

    shown = SHOWN.replace("~", str(tmp_path))
    assert (result.returncode, result.stdout) == (0, f"{shown}It is trusted.\n")


def test_every_key_is_on_the_page() -> None:
    """The table says of each what counts."""
    table = PAGE.partition("## What a trusted project may set")[2].partition("## ")[0]

    assert all(f"`{key}`" in table for key in KEYS)
