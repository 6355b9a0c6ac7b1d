"""What mkdocs calls while it builds: for the menu, for links, and for what programs read."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # which `python -m mkdocs` does by itself

from markdown import Markdown
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

from tools.site.api import Api
from tools.site.markdown import title_of
from tools.site.nav import expand
from tools.site.page import ROOT
from tools.site.plain import llms, write_plain
from tools.site.prepare import Site
from tools.site.sources import show_source, source_page


class _Build:
    """What one build keeps from one event for a later one."""

    def __init__(self, config: MkDocsConfig, texts: dict[str, str]) -> None:
        self.site = Site.of(texts)
        self.nav: Navigation | None = None
        self.plain: dict[str, str] = {}
        options = config.mdx_configs["pymdownx.snippets"]
        self._snippets = Markdown(
            extensions=["pymdownx.snippets"], extension_configs={"pymdownx.snippets": options}
        ).preprocessors["snippet"]
        handlers = config.plugins["mkdocstrings"].config["handlers"]
        self._api = Api(*(str(ROOT / path) for path in handlers["python"]["paths"]))

    def prepare(self, path: str, text: str) -> str:
        text = self.site.prepare(path, text)
        self.plain[path] = self._api.resolve("\n".join(self._snippets.run(text.split("\n"))))
        return text


_builds: dict[int, _Build] = {}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that show files, and put every page into the menu."""
    texts = {file.src_uri: file.content_string for file in files.documentation_pages()}
    build = _builds[id(config)] = _Build(config, texts)
    config.nav = expand(
        config.nav or [],
        {path: title_of(build.site.prepare(path, text)) or path for path, text in texts.items()},
    )
    for place in sorted(build.site.sources(texts)):
        files.append(File.generated(config, source_page(place), content=show_source(place)))
    return files


def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> None:
    """Keep the menu for ``llms.txt``."""
    _builds[id(config)].nav = nav


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Include Markdown from elsewhere, and let links lead to pages."""
    return _builds[id(config)].prepare(page.file.src_uri, markdown)


def on_post_build(config: MkDocsConfig) -> None:
    """Write the Markdown of each page, and the list of them."""
    build = _builds.pop(id(config))
    folder = Path(config.site_dir)
    write_plain(build.plain, folder)
    if build.nav is not None:
        text = llms(config.site_name, config.site_description or "", build.nav, build.plain)
        (folder / "llms.txt").write_text(text, encoding="utf-8")
    if not config.site_url:
        # A server shows it at any depth, so it needs to know where the site is.
        (folder / "404.html").unlink(missing_ok=True)
