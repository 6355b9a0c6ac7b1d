"""What mkdocs calls while it builds: for the menu, and for links that lead out of ``docs``."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # for the command `mkdocs`, run anywhere

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from tools.site.markdown import title_of
from tools.site.nav import expand
from tools.site.prepare import Site
from tools.site.sources import show_source, source_page

_sites: dict[int, Site] = {}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that show files, and put every page into the menu."""
    texts = {file.src_uri: file.content_string for file in files.documentation_pages()}
    site = _sites[id(config)] = Site.of(texts)
    config.nav = expand(
        config.nav or [],
        {path: title_of(site.prepare(path, text)) or path for path, text in texts.items()},
    )
    for place in sorted(site.sources(texts)):
        files.append(File.generated(config, source_page(place), content=show_source(place)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Include Markdown from elsewhere, and let links lead to pages."""
    return _sites[id(config)].prepare(page.file.src_uri, markdown)
