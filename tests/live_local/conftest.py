from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from provider_huggingface import HfProvider

from ._server import MODEL, Server, running


@pytest.fixture(scope="session")
def started_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that speaks the model's own format."""
    with running(tmp_path_factory.mktemp("server") / "log") as started:
        yield started


@pytest.fixture
def server(started_server: Server) -> Server:
    """The server, idle: what it computes side by side may round otherwise."""
    started_server.wait_busy(0)
    return started_server


@pytest.fixture(scope="session")
def tool_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose format knows tools."""
    template = Path(__file__).with_name("tools.jinja")
    log = tmp_path_factory.mktemp("tool_server") / "log"
    with running(log, "--chat-template-file", str(template)) as started:
        yield started


@pytest.fixture
async def provider(server: Server) -> AsyncIterator[HfProvider]:
    """The provider in front of the server."""
    async with HfProvider(
        api_key=server.key, base_url=server.base_url, default_model=MODEL
    ) as made:
        yield made
