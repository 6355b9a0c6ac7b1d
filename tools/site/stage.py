"""``python -m tools.site.stage FOLDER``: write the site's input as plain files.

The folder then holds all pages as Markdown and a ``mkdocs.yml`` with the whole menu and without
hooks, for builders that do not know the hooks of mkdocs.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from mkdocs.utils.yaml import yaml_load

from tools.site.markdown import title_of
from tools.site.nav import expand
from tools.site.page import DOCS, ROOT
from tools.site.prepare import UNPUBLISHED, Site
from tools.site.sources import show_source, source_page


def stage(folder: Path) -> None:
    """Write the pages and the configuration into a new folder.

    Raises:
        FileExistsError: the folder is there already.
    """
    shutil.copytree(DOCS, folder / "docs", ignore=_ignored)
    shutil.copytree(DOCS / "overrides", folder / "overrides")
    paths = sorted((folder / "docs").rglob("*.md"))
    texts = {
        path.relative_to(folder / "docs").as_posix(): path.read_text(encoding="utf-8")
        for path in paths
    }
    site = Site.of(texts)
    pages = {path: site.prepare(path, text) for path, text in texts.items()}
    sources = {source_page(place): show_source(place) for place in site.sources(texts)}
    for path, text in {**pages, **sources}.items():
        file = folder / "docs" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    titles = {path: title_of(text) or path for path, text in pages.items()}
    config = yaml.safe_dump(_config(titles), sort_keys=False)
    (folder / "mkdocs.yml").write_text(config, encoding="utf-8")


def _ignored(_: str, names: list[str]) -> set[str]:
    return UNPUBLISHED.intersection(names)


def _config(titles: dict[str, str]) -> dict[str, Any]:
    """Return the configuration with paths and a menu that need neither a hook nor this folder."""
    with (ROOT / "mkdocs.yml").open(encoding="utf-8") as file:
        config = yaml_load(file)
    for key in ("hooks", "exclude_docs", "site_url"):
        config.pop(key)
    config["nav"] = expand(config["nav"], titles)
    config["theme"]["custom_dir"] = "overrides"
    for entry in config["plugins"]:
        if isinstance(entry, dict) and "mkdocstrings" in entry:
            python = entry["mkdocstrings"]["handlers"]["python"]
            python["paths"] = [str(ROOT / path) for path in python["paths"]]
    for entry in config["markdown_extensions"]:
        if isinstance(entry, dict) and "pymdownx.snippets" in entry:
            entry["pymdownx.snippets"]["base_path"] = [str(ROOT), str(DOCS)]
    return config


def main(arguments: Sequence[str]) -> int:
    """Write the folder; return the exit code."""
    if len(arguments) != 1:
        print("usage: python -m tools.site.stage FOLDER", file=sys.stderr)
        return 2
    stage(Path(arguments[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
