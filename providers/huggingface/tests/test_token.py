"""Where the token comes from, and that nobody sees it."""

import os
import socket
import traceback

import pytest
from provider_huggingface import HfProvider
from provider_sdk import ProviderAuthError

from ._router import TOKEN, USER, Router, error


async def _used(router: Router) -> str:
    """The token that a call sends when nobody passes one."""
    async with router.provider(api_key=None) as provider:
        await provider.chat(USER)
    return router.requests[-1].headers["authorization"].removeprefix("Bearer ")


async def _source(**config: str | None) -> str:
    """The end of the error that a rejected token gives."""
    async with Router(error(401, "Invalid username or password.")).provider(**config) as provider:
        with pytest.raises(ProviderAuthError) as caught:
            await provider.chat(USER)
    return str(caught.value).partition("The credential came from ")[2]


def _put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


async def test_argument_first(monkeypatch):
    """The argument wins over every variable."""
    monkeypatch.setenv("HF_TOKEN", "hf_variable")

    assert await _source(api_key=TOKEN) == "the api_key argument."


async def test_hf_token_before_its_old_name(monkeypatch):
    """HF_TOKEN wins over HUGGING_FACE_HUB_TOKEN."""
    monkeypatch.setenv("HF_TOKEN", "hf_new")
    monkeypatch.setenv("HUGGING_FACE_HUB_TOKEN", "hf_old")

    assert await _used(Router()) == "hf_new"


async def test_old_name_before_the_file(monkeypatch, home):
    """HUGGING_FACE_HUB_TOKEN wins over the token file."""
    monkeypatch.setenv("HUGGING_FACE_HUB_TOKEN", "hf_old")
    _put(home / ".cache/huggingface/token", "hf_file")

    assert await _used(Router()) == "hf_old"


async def test_default_file(home):
    """Without variables the file of `hf auth login` is read."""
    _put(home / ".cache/huggingface/token", "hf_file\n")

    assert await _used(Router()) == "hf_file"


async def test_xdg_cache_home(monkeypatch, tmp_path):
    """XDG_CACHE_HOME moves the default file."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    _put(tmp_path / "cache/huggingface/token", "hf_xdg")

    assert await _used(Router()) == "hf_xdg"


async def test_hf_home(monkeypatch, tmp_path):
    """HF_HOME moves the file, and counts more than XDG_CACHE_HOME."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    _put(tmp_path / "cache/huggingface/token", "hf_xdg")
    monkeypatch.setenv("HF_HOME", "~/hf")
    _put(tmp_path / "hf/token", "hf_home")

    assert await _used(Router()) == "hf_home"


async def test_hf_token_path(monkeypatch, tmp_path):
    """HF_TOKEN_PATH names the file itself."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    _put(tmp_path / "hf/token", "hf_home")
    monkeypatch.setenv("HF_TOKEN_PATH", str(tmp_path / "elsewhere"))
    _put(tmp_path / "elsewhere", "hf_path")

    assert await _used(Router()) == "hf_path"


async def test_line_breaks_are_no_part_of_it(monkeypatch):
    """Space around a token is dropped: files and shells add it."""
    monkeypatch.setenv("HF_TOKEN", " hf_spaced\n")

    assert await _used(Router()) == "hf_spaced"


@pytest.mark.parametrize("blank", ["", "  ", "\n"])
async def test_blank_is_none(monkeypatch, home, blank):
    """A blank variable or argument does not hide the next source."""
    monkeypatch.setenv("HF_TOKEN", blank)
    _put(home / ".cache/huggingface/token", "hf_file")
    router = Router()
    async with router.provider(api_key=blank) as provider:
        await provider.chat(USER)

    assert router.requests[-1].headers["authorization"] == "Bearer hf_file"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"hf_file\r\n", id="windows"),
        pytest.param(b"\xef\xbb\xbfhf_file\n", id="utf-8-with-mark"),
        pytest.param("hf_file\r\n".encode("utf-16"), id="utf-16"),
        pytest.param(b"\xfe\xff" + "hf_file".encode("utf-16-be"), id="utf-16-big"),
        pytest.param(b"hf_\nfile\n", id="two-lines-as-huggingface_hub-reads-them"),
        pytest.param(b"\n" * 65_000 + b"hf_file", id="nearly-too-large"),
    ],
)
async def test_file_is_read_as_editors_write_it(home, content):
    """Byte order marks, UTF-16 and line breaks are no part of the token."""
    (home / ".cache/huggingface").mkdir(parents=True)
    (home / ".cache/huggingface/token").write_bytes(content)

    assert await _used(Router()) == "hf_file"


def _unreadable(monkeypatch, path):
    """The error of a provider whose only token would be in this file."""
    monkeypatch.setenv("HF_TOKEN_PATH", str(path))
    with pytest.raises(ProviderAuthError) as caught:
        HfProvider()
    assert caught.value.message == "HF_TOKEN is not set"
    assert caught.value.provider == "hf"
    assert caught.value.hint.endswith("settings/tokens and set HF_TOKEN to it.")
    return caught.value.hint


def _pipe(path):
    os.mkfifo(path)


def _socket(path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        pytest.param(_pipe, "it is not a regular file", id="pipe"),
        pytest.param(_socket, "it is not a regular file", id="socket"),
        pytest.param(lambda path: path.mkdir(), "it is not a regular file", id="folder"),
        pytest.param(
            lambda path: path.symlink_to("/dev/zero"), "it is not a regular file", id="device"
        ),
        pytest.param(lambda path: path.symlink_to(path), "Too many levels", id="loop"),
        pytest.param(
            lambda path: path.write_bytes(b"hf_canary" * 8000), "larger than 64 KiB", id="large"
        ),
        pytest.param(
            lambda path: path.write_bytes(b"hf_canary\xe9"), "not text in UTF-8", id="latin-1"
        ),
        pytest.param(
            lambda path: path.write_bytes(b"\xff\xfehf_canary"), "not text in UTF-8", id="half"
        ),
        pytest.param(lambda path: None, "it does not exist", id="missing"),
    ],
)
def test_file_that_cannot_be_read_is_named(monkeypatch, tmp_path, make, reason):
    """The error names the file and the reason, at once and without the content."""
    path = tmp_path / "token"
    make(path)

    hint = _unreadable(monkeypatch, path)

    assert f"The token file {path} cannot be read: " in hint
    assert reason in hint
    assert "canary" not in hint


def test_file_that_the_system_does_not_open_is_named(monkeypatch, tmp_path):
    """With the system's own reason: here a link that leads to itself."""
    (tmp_path / "token").symlink_to(tmp_path / "token")

    assert "cannot be read: Too many levels" in _unreadable(monkeypatch, tmp_path / "token")


async def test_variable_hides_a_file_that_cannot_be_read(monkeypatch, tmp_path):
    """A file that is not needed is not complained about."""
    monkeypatch.setenv("HF_TOKEN_PATH", str(tmp_path))
    monkeypatch.setenv("HF_TOKEN", "hf_variable")

    assert await _used(Router()) == "hf_variable"


async def test_optional_token_is_absent_if_the_file_cannot_be_read(monkeypatch, tmp_path):
    """A provider that needs no token works without the file."""
    monkeypatch.setenv("HF_TOKEN_PATH", str(tmp_path))

    class Optional(HfProvider):
        credential = "optional"

    async with Optional() as provider:
        assert provider.api_key == ""


def test_home_that_is_unknown(monkeypatch):
    """Without a home directory there is no token file."""
    monkeypatch.setenv("HF_HOME", "~nobody-of-this-name/hf")

    with pytest.raises(ProviderAuthError, match="HF_TOKEN is not set"):
        HfProvider()


@pytest.mark.parametrize("quoted", ['"hf_canary"', "'hf_canary'"])
@pytest.mark.parametrize("source", ["HF_TOKEN", "file"])
def test_quotes_are_refused(monkeypatch, home, quoted, source):
    """A token in quotes is refused before it is sent, by its source and not its value."""
    if source == "file":
        _put(home / ".cache/huggingface/token", quoted)
        source = str(home / ".cache/huggingface/token")
    else:
        monkeypatch.setenv("HF_TOKEN", quoted)

    with pytest.raises(ProviderAuthError, match="is in quotes") as caught:
        HfProvider()

    assert source in str(caught.value)
    assert "without quotes" in str(caught.value)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("content", [b" \n", b"\xff\xfe"])
def test_blank_file(home, content):
    """A blank file holds no token."""
    (home / ".cache/huggingface").mkdir(parents=True)
    (home / ".cache/huggingface/token").write_bytes(content)

    with pytest.raises(ProviderAuthError, match="HF_TOKEN is not set"):
        HfProvider()


def test_none_at_all():
    """Without a token the constructor says so, and where to make one."""
    with pytest.raises(ProviderAuthError) as caught:
        HfProvider()

    assert caught.value.message == "HF_TOKEN is not set"
    assert "https://huggingface.co/settings/tokens" in str(caught.value)


@pytest.mark.parametrize("variable", ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"])
async def test_error_names_the_variable(monkeypatch, variable):
    """A rejected token's error names the variable that it came from."""
    monkeypatch.setenv(variable, TOKEN)

    assert await _source(api_key=None) == f"the environment variable {variable}."


async def test_error_names_the_file(home):
    """A rejected token's error names the file that it came from."""
    path = home / ".cache/huggingface/token"
    _put(path, TOKEN)

    assert await _source(api_key=None) == f"the token file {path}."


def test_unsendable(monkeypatch):
    """A token that no header can carry is refused at once, by its source and not its value."""
    monkeypatch.setenv("HF_TOKEN", "hf_two words")

    with pytest.raises(ProviderAuthError, match="HF_TOKEN") as caught:
        HfProvider()

    assert "two words" not in str(caught.value)


async def test_never_shown():
    """A service that repeats the token does not get it into an error, nor does `repr` show it."""
    async with Router(error(401, f"bad token {TOKEN}")).provider() as provider:
        with pytest.raises(ProviderAuthError) as caught:
            await provider.chat(USER)
        shown = "".join(traceback.format_exception(caught.value)) + repr(provider)

    assert "bad token [redacted]" in shown
    assert TOKEN not in shown


def test_the_addresses_that_get_the_token(monkeypatch):
    """The Hub is one of them, wherever its address comes from, also before there is a provider."""
    monkeypatch.setenv("HF_ENDPOINT", "https://hub.example/")
    given = HfProvider(api_key=TOKEN, hub_url="https://given.example")
    unbuilt = HfProvider.__new__(HfProvider)

    router = "https://router.huggingface.co/v1"
    assert given.credential_addresses(None) == (router, "https://given.example")
    assert unbuilt.credential_addresses("https://a") == ("https://a", "https://hub.example")
