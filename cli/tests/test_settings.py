"""The user's settings file: where it is, what it may say, and when it is ignored."""

import os
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ollama_cli.settings import folders
from ollama_cli.settings.files import SettingsError, read_settings
from ollama_cli.settings.keys import KEYS, problem_with
from ollama_cli.settings.own_files import NotOwnError, require_own


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """The settings folder, which nobody else can write to."""
    made = tmp_path / "settings"
    made.mkdir(mode=0o700)
    monkeypatch.setenv("OLLAMA_CLI_CONFIG_DIR", str(made))
    return made


@pytest.fixture
def written(folder):
    """Write the settings file and return its path."""

    def write(content: str | bytes) -> Path:
        path = folder / "settings.json"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(0o600)
        return path

    return write


def test_file_is_read(written) -> None:
    """Its keys and values are the settings."""
    written('{"provider": "hf", "sessions": false}')

    assert read_settings().values == {"provider": "hf", "sessions": False}


@pytest.mark.parametrize("missing", ["settings", "settings/deeper"])
def test_missing_file_is_no_setting(tmp_path, monkeypatch, missing) -> None:
    """Without a file, or its folder, there are no settings and nothing to say."""
    monkeypatch.setenv("OLLAMA_CLI_CONFIG_DIR", str(tmp_path / missing))
    found = read_settings()

    assert (found.values, found.notes) == ({}, ())


def test_a_file_in_place_of_the_folder_is_no_setting(tmp_path, monkeypatch) -> None:
    """A folder that is a file has no settings in it."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("OLLAMA_CLI_CONFIG_DIR", str(tmp_path / "file"))

    assert read_settings().values == {}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('{\n  "provider" "hf"\n}', "line 2, column 14: Expecting ':' delimiter"),
        ('{"provider": "hf",}', "line 1, column "),
        ('{"fallback_chain": ["hf",\n]}', "comma"),
        ('{\n  // mine\n  "provider": "hf"}', "; JSON has no comments"),
        ('{"provider": "hf" # mine\n}', "; JSON has no comments"),
        ("", "line 1, column 1: "),
        ("[]", "settings are one JSON object"),
        ('"hf"', "settings are one JSON object"),
        ('{"provder": "hf"}', "unknown key 'provder'; did you mean 'provider'?"),
        ('{"zzz": 1}', "unknown key 'zzz'; known are aliases, "),
        ('{"sessions": "no"}', "'sessions' must be true or false"),
        ('{"context_window": -1}', "'context_window' must be a whole number of tokens"),
        ('{"context_window": true}', "'context_window' must be a whole number"),
        ('{"compact_at": 80}', "'compact_at' must be a share between 0 and 1"),
        ('{"aliases": {"fast": 1}}', "'aliases' must be an object that maps names to models"),
        ('{"aliases": {"fast": ""}}', "'aliases' must be an object that maps names to models"),
        ('{"aliases": {"": "m"}}', "'aliases' must be an object that maps names to models"),
        ('{"aliases": {"a": "b", "b": "m"}}', "and not to other aliases"),
        ('{"aliases": {"a": "a"}}', "and not to other aliases"),
        ('{"$schema": 1}', "'$schema' must be the address of a schema"),
        ('{"hooks": []}', "'hooks' must be an object"),
        ('{"status_line": [1]}', "'status_line' must be a name"),
        ('{"compact_at": NaN}', "NaN is not JSON"),
        ('{"sessions": true, "sessions": false}', "the key 'sessions' is there twice"),
        ('{"tasks": {"coding": {"model": "a", "model": "b"}}}', "the key 'model' is there twice"),
        ("[" * 100_000, "nested too deeply"),
        (b'{"provider": "\xff"}', "byte 14 is not utf-8 text"),
        (b" " * ((1 << 20) + 1), "longer than 1 MiB"),
        ('{"context_window": ' + "9" * 5000 + "}", "a number has too many digits"),
    ],
    ids=lambda value: str(value[:24]),
)
def test_broken_file_is_an_error(written, content, problem) -> None:
    """The error names the file and says what is wrong, and where."""
    path = written(content)

    with pytest.raises(SettingsError) as raised:
        read_settings()

    assert str(raised.value).startswith(f"{path}: ")
    assert problem in str(raised.value)
    assert raised.value.exit_code == 2


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (
            '{"api_key": "S"}',
            "'api_key': settings hold no credential; store it with 'ollama-cli login'",
        ),
        ('{"providers": {"acme": {"api_key": "S"}}}', "provider 'acme': 'api_key': settings hold"),
        ('{"providers": {"acme": {"Authorization": "S"}}}', "'Authorization': settings hold no"),
        ('{"tasks": {"coding": {"token": "S"}}}', "task 'coding': 'token': settings hold no"),
        ('{"providers": {"acme": {"api_key_env": "S"}}}', "'api_key_env' must name an environ"),
        ('{"providers": {"acme": {"api_key_env": ["A", "S"]}}}', "'api_key_env' must name an"),
        ('{"providers": {"acme": {"credential": "S"}}}', "'credential' must be one of required, "),
        (
            '{"providers": {"acme": {"base_url": "https://u:canary@h/v1", "api_key_env": "A"}}}',
            "provider 'acme': 'base_url' with a user or password: settings hold no credential",
        ),
    ],
)
@pytest.mark.parametrize("secret", ["sk-canary0123456789abcdef", "hf_canary0123456789abcdef"])
def test_a_credential_is_refused_and_never_repeated(written, content, problem, secret) -> None:
    """The error names the key, and says where a credential belongs."""
    written(content.replace('"S"', f'"{secret}"'))

    with pytest.raises(SettingsError) as raised:
        read_settings()

    assert problem in str(raised.value)
    assert "canary" not in str(raised.value)


def test_names_of_variables_and_models_are_no_credentials() -> None:
    """A model may be called as it likes, and a variable as its system permits."""
    config = {"api_key_env": ["ACME_KEY_2", "acme_key", "x1"], "credential": "required"}
    settings = {
        "providers": {"acme": config, "other": {"api_key_env": None}, "wrong": 5},
        "aliases": {"token": "m"},
        "prices": {"secret-keeper": {}},
    }

    assert problem_with(settings) is None


def test_the_longest_unknown_key_is_cut(written) -> None:
    """An error is a sentence, also about a key without end."""
    written('{"' + "x" * 100_000 + '": 1}')

    with pytest.raises(SettingsError) as raised:
        read_settings()

    assert len(str(raised.value)) < 1000


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_editors_of_windows_may_write_it(written, encoding) -> None:
    """A byte order mark, and the encodings that JSON can have, are read."""
    written('{"provider": "hf"}'.encode(encoding))

    assert read_settings().values == {"provider": "hf"}


def test_it_is_never_written(written) -> None:
    """A broken file stays as it is, so that it can be mended."""
    path = written('{"provider": ')

    with pytest.raises(SettingsError):
        read_settings()

    assert path.read_text() == '{"provider": '
    assert list(path.parent.iterdir()) == [path]


def test_folder_in_place_of_the_file_is_an_error(folder) -> None:
    """A folder of that name is not read."""
    (folder / "settings.json").mkdir()

    with pytest.raises(SettingsError, match="cannot be read: Is a directory"):
        read_settings()


def test_pipe_in_place_of_the_file_is_an_error(folder) -> None:
    """A pipe is neither read nor waited for."""
    os.mkfifo(folder / "settings.json", 0o600)

    with pytest.raises(SettingsError, match="not a regular file"):
        read_settings()


def test_device_in_place_of_the_file_is_an_error(folder) -> None:
    """Nobody reads what has no end."""
    (folder / "settings.json").symlink_to("/dev/zero")

    with pytest.raises(SettingsError, match="not a regular file"):
        read_settings()


def test_link_to_the_file_is_followed(written) -> None:
    """People keep their settings elsewhere and link them."""
    path = written('{"provider": "hf"}')
    path.rename(path.with_name("kept.json"))
    path.symlink_to("kept.json")

    assert read_settings().values == {"provider": "hf"}


@pytest.mark.parametrize("mode", [0o602, 0o666])
def test_file_that_others_can_write_to_is_ignored(written, mode) -> None:
    """Nothing in it counts, not even its mistakes, and a note says so."""
    path = written('{"provider": ')
    path.chmod(mode)

    found = read_settings()

    assert found.values == {}
    assert found.notes == (f"{path} is ignored, because others can write to it",)


def test_file_in_a_folder_that_others_can_write_to_is_ignored(written) -> None:
    """Whoever writes to the folder can replace the file."""
    path = written('{"provider": "hf"}')
    path.parent.chmod(0o777)

    assert read_settings().notes == (f"{path} is ignored, because others can write to its folder",)


def facts(mode: int, user: int, group: int) -> os.stat_result:
    """What the system says of a file; nobody but root can give one to another user."""
    return os.stat_result((stat.S_IFREG | mode, 0, 0, 1, user, group, 0, 0, 0, 0))


def test_a_file_of_another_user_is_not_own() -> None:
    """Its owner could change it."""
    with pytest.raises(NotOwnError, match="it belongs to another user"):
        require_own(facts(0o600, os.geteuid() + 1, os.getegid()), "it")


def test_a_file_of_a_shared_group_is_not_own() -> None:
    """A group with its own write permission counts as others, unless it is the user's own."""
    with pytest.raises(NotOwnError, match="others can write to it"):
        require_own(facts(0o660, os.geteuid(), 65534), "it")


def test_a_file_of_root_is_as_safe_as_ones_own() -> None:
    """Root could change any file."""
    require_own(facts(0o644, 0, 0), "it")


@given(st.dictionaries(st.sampled_from(sorted(KEYS)), st.integers() | st.text() | st.none()))
def test_any_values_have_a_verdict(settings) -> None:
    """Whatever the values are, they are accepted or refused by a sentence that names a key."""
    problem = problem_with(settings)

    assert problem is None or any(repr(key) in problem for key in settings)


@pytest.mark.parametrize(
    ("platform", "environment", "settings", "data"),
    [
        ("linux", {}, "~/.config/ollama-cli", "~/.local/share/ollama-cli"),
        (
            "linux",
            {"XDG_CONFIG_HOME": "/c", "XDG_DATA_HOME": "/d"},
            "/c/ollama-cli",
            "/d/ollama-cli",
        ),
        (
            "linux",
            {"XDG_CONFIG_HOME": "relative", "XDG_DATA_HOME": ""},
            "~/.config/ollama-cli",
            "~/.local/share/ollama-cli",
        ),
        (
            "darwin",
            {"XDG_CONFIG_HOME": "/c"},
            "~/Library/Application Support/ollama-cli",
            "~/Library/Application Support/ollama-cli",
        ),
        ("win32", {"APPDATA": "/r", "LOCALAPPDATA": "/l"}, "/r/ollama-cli", "/l/ollama-cli"),
        (
            "linux",
            {"OLLAMA_CLI_CONFIG_DIR": "/own", "OLLAMA_CLI_DATA_DIR": "~/data"},
            "/own",
            "~/data",
        ),
    ],
)
def test_folders_are_the_platforms(
    monkeypatch, tmp_path, platform, environment, settings, data
) -> None:
    """A variable of ours names a folder, else the platform's rules do."""
    for name in (
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        "OLLAMA_CLI_CONFIG_DIR",
        "OLLAMA_CLI_DATA_DIR",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)

    assert folders.settings_folder() == Path(settings).expanduser()
    assert folders.data_folder() == Path(data).expanduser()


def test_without_a_home_there_are_no_settings(monkeypatch) -> None:
    """A platform that names no folder has none."""
    monkeypatch.delenv("OLLAMA_CLI_CONFIG_DIR", raising=False)
    monkeypatch.delenv("APPDATA", raising=False)
    monkeypatch.setattr(sys, "platform", "win32")

    assert folders.settings_folder() is None
    assert read_settings().values == {}
