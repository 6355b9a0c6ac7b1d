"""The file that remembers the last route."""

import json
import os
import stat
from pathlib import Path

import pytest
from ollama_cli.choosing.last_route import last_route, remember
from provider_sdk import Attempt, ProviderAuthError, ProviderOverloadedError, Route

ATTEMPTS = (
    Attempt("claude", "", "skipped", ProviderAuthError("ANTHROPIC_API_KEY is not set")),
    Attempt("ollama", "m", "failed", ProviderOverloadedError("busy: Why?", status=503), 0.12345),
    Attempt("hf", "org/m", "answered", None, 1.0),
)
ROUTE = Route("hf", "org/m", ATTEMPTS)


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """The data folder, which does not exist yet."""
    path = tmp_path / "deep" / "data"
    monkeypatch.setenv("OLLAMA_CLI_DATA_DIR", str(path))
    return path


def test_route_is_remembered(folder) -> None:
    """What was stored is read again, without the text of errors."""
    assert remember("agent", ATTEMPTS, ROUTE) is None
    found = last_route()

    assert found is not None
    assert found.pop("at").endswith("+00:00")
    assert found == {
        "task": "agent",
        "provider": "hf",
        "model": "org/m",
        "attempts": [
            {
                "provider": "claude",
                "model": "",
                "outcome": "skipped",
                "error": {"type": "ProviderAuthError", "status": None},
                "seconds": 0.0,
            },
            {
                "provider": "ollama",
                "model": "m",
                "outcome": "failed",
                "error": {"type": "ProviderOverloadedError", "status": 503},
                "seconds": 0.123,
            },
            {
                "provider": "hf",
                "model": "org/m",
                "outcome": "answered",
                "error": None,
                "seconds": 1.0,
            },
        ],
    }


def test_route_without_an_answer_is_remembered(folder) -> None:
    """Where nobody answered, no provider is named."""
    remember("coding", ATTEMPTS[:2], None)
    found = last_route()

    assert found is not None
    assert (found["task"], found["provider"], len(found["attempts"])) == ("coding", None, 2)


def test_nobody_else_can_read_it(folder) -> None:
    """File and folder are the user's alone, whatever the umask is."""
    before = os.umask(0)
    try:
        remember("agent", ATTEMPTS, ROUTE)
    finally:
        os.umask(before)

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()] == [0o600]


def test_it_stays_small(folder) -> None:
    """However many candidates with however long names there are."""
    attempts = [Attempt("p" * 10_000, "m" * 10_000, "failed", None)] * 1000
    remember("agent", attempts, None)
    (path,) = folder.iterdir()

    assert path.stat().st_size < 1 << 16
    assert last_route() is not None


def test_link_in_place_of_the_file_is_replaced(folder, tmp_path) -> None:
    """What the link leads to stays as it is."""
    target = tmp_path / "target"
    target.write_text("mine")
    folder.mkdir(parents=True, mode=0o700)
    (folder / "last_route.json").symlink_to(target)

    assert last_route() is None
    assert remember("agent", ATTEMPTS, ROUTE) is None
    assert target.read_text() == "mine"
    assert last_route() is not None


def test_link_in_place_of_the_folder_is_refused(folder, tmp_path) -> None:
    """Nothing is written where somebody else may have led."""
    (tmp_path / "elsewhere").mkdir()
    folder.parent.mkdir()
    folder.symlink_to(tmp_path / "elsewhere")

    assert "its folder is a link" in (remember("agent", ATTEMPTS, ROUTE) or "")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_folder_of_others_is_refused(folder) -> None:
    """Nothing is written to a folder to which others can write."""
    folder.mkdir(parents=True)
    folder.chmod(0o777)

    assert "others can write" in (remember("agent", ATTEMPTS, ROUTE) or "")
    assert list(folder.iterdir()) == []


def test_what_cannot_be_written_is_told(folder) -> None:
    """A data folder that cannot be made is a sentence, not an exception."""
    folder.parent.write_text("a file")

    assert "not remembered" in (remember("agent", ATTEMPTS, ROUTE) or "")
    assert last_route() is None


def test_without_a_home_nothing_is_remembered(monkeypatch) -> None:
    """A user without a home folder is told so, in one sentence."""
    monkeypatch.setenv("OLLAMA_CLI_DATA_DIR", "~no-such-user/data")

    assert "there is no home folder" in (remember("agent", ATTEMPTS, ROUTE) or "")
    assert last_route() is None


def test_nothing_half_written_stays(folder) -> None:
    """A file that cannot replace the old one is removed."""
    (folder / "last_route.json").mkdir(parents=True)
    folder.chmod(0o700)

    assert "not remembered" in (remember("agent", ATTEMPTS, ROUTE) or "")
    assert [path.name for path in folder.iterdir()] == ["last_route.json"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"task": 1, "at": "x", "provider": null, "model": null, "attempts": []}',
        '{"task": "a", "at": "x", "provider": 1, "model": null, "attempts": []}',
        '{"task": "a", "at": "x", "provider": null, "model": null, "attempts": [1]}',
        '{"task": "a", "at": "x", "attempts": [{"provider": "p"}]}',
        "[" * 60_000,
        '{"task": "' + "a" * 70_000,
        "\xff",
    ],
    ids=lambda text: text[:40],
)
def test_what_is_not_a_route_is_none(folder, content) -> None:
    """A file of another version, or a broken one, is no route."""
    folder.mkdir(parents=True, mode=0o700)
    (folder / "last_route.json").write_text(content, "latin-1")

    assert last_route() is None


def test_attempt_of_another_version_is_read_as_far_as_it_goes(folder) -> None:
    """Further fields do not matter."""
    folder.mkdir(parents=True, mode=0o700)
    attempt = {"provider": "p", "model": "", "outcome": "failed", "error": {"type": "X"}, "new": 1}
    found = {"task": "a", "at": "x", "provider": None, "model": None, "attempts": [attempt]}
    (folder / "last_route.json").write_text(json.dumps(found))

    assert last_route() == found
