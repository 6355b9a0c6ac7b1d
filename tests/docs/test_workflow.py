"""The workflow that publishes the site."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess

import pytest
import yaml

from tools.site.page import ROOT
from tools.site.publish import main, publish

STEPS = yaml.safe_load((ROOT / ".github/workflows/docs.yml").read_text(encoding="utf-8"))
COMMANDS = [step["run"] for step in STEPS["jobs"]["publish"]["steps"] if "run" in step]


def test_commands() -> None:
    """The workflow installs tox, and then runs nothing but environments of tox."""
    tox = configparser.ConfigParser()
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    install, *others = COMMANDS
    assert install == 'python -m pip install "tox>=4.27"'
    found = [re.match(r"tox -e (\S+)(?: -- .*|  # .*)?$", command) for command in others]
    names = [name for match in found for name in (match[1] if match else "?").split(",")]
    # What measures comes before what shows it.
    assert names == ["conformance", "adapters", "zoo", "docs", "docs-publish"]
    assert all(f"testenv:{name}" in tox for name in names if name != "conformance")


def test_commands_have_no_expressions() -> None:
    """A tag may hold anything, so that a shell must get it as a variable and not as code."""
    assert [command for command in COMMANDS if "${{" in command] == []


def test_publishes_tags_alone() -> None:
    """The workflow runs for tags of versions, and for nothing else."""
    assert STEPS[True] == {"push": {"tags": ["v*"]}}  # YAML 1.1 reads the key `on` as true


def test_publishing_names_a_version() -> None:
    """Without a version, nothing is built or published."""
    with pytest.raises(SystemExit) as caught:
        main([])
    assert caught.value.code == 2


def test_published_version(tmp_path, monkeypatch) -> None:
    """A version is published beside the others, as the newest, and the address leads to it."""
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Tester")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "tester@example.org")
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    _git("init", "--quiet", "--bare", str(origin))
    _git("clone", "--quiet", str(origin), str(clone))
    (clone / "docs").mkdir()
    (clone / "docs" / "index.md").write_text("# A small site\n")
    (clone / "mkdocs.yml").write_text("site_name: Small\nstrict: true\ntheme: material\n")
    shutil.copy(ROOT / "mkdocs.versions.yml", clone)
    _git("-C", str(clone), "add", ".")
    _git("-C", str(clone), "commit", "--quiet", "--message", "Begin")
    assert publish("v9.8.6", clone, push=True) == 0
    assert publish("v9.8.7", clone, push=True) == 0
    files = _git("-C", str(origin), "ls-tree", "-r", "--name-only", "gh-pages").splitlines()
    assert {"versions.json", "v9.8.6/index.html", "v9.8.7/index.html"} <= set(files)
    assert 'href="latest/"' in _git("-C", str(origin), "show", "gh-pages:index.html")
    assert _git("-C", str(origin), "show", "gh-pages:latest") == "v9.8.7"
    page = _git("-C", str(origin), "show", "gh-pages:v9.8.7/index.html")
    assert '"version": {"provider": "mike"}' in page


def _git(*arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
