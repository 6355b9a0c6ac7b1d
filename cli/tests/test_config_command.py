"""``ollama-cli config``: looking at the settings, and changing them without losing any."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ollama_cli.settings.snapshot import take_snapshot
from ollama_cli.settings.trust import trust

from ._project import hooks
from ._schemas import checked, schema
from ._shell import TOKEN


@pytest.fixture
def file(tmp_path) -> Path:
    """Where the user's settings are."""
    return tmp_path / "settings" / "settings.json"


@pytest.fixture
def project(tmp_path, monkeypatch, invoke):
    """Trust a project with these settings, and be in its folder."""

    def make(**values) -> Path:
        root = tmp_path / "project"
        (root / ".ollama").mkdir(parents=True, mode=0o755)
        path = root / ".ollama" / "settings.json"
        path.write_text(json.dumps(values))
        path.chmod(0o644)
        monkeypatch.chdir(root)
        trust(take_snapshot(root.resolve()))
        return path.resolve()

    return make


def on_success(result) -> str:
    """Return what a command wrote that ended well and said nothing else."""
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


# Get.


def test_what_is_set_is_shown(invoke, settings) -> None:
    """Text as it is, anything else as JSON."""
    settings(provider="hf", sessions=False, aliases={"a.b": "m"}, fallback_chain=["hf"])

    assert on_success(invoke("config", "get", "provider")) == "hf\n"
    assert on_success(invoke("config", "get", "sessions")) == "false\n"
    assert on_success(invoke("config", "get", 'aliases."a.b"')) == "m\n"
    assert on_success(invoke("config", "get", "/aliases/a.b")) == "m\n"
    assert json.loads(on_success(invoke("config", "get", "aliases"))) == {"a.b": "m"}


@pytest.mark.parametrize("key", ["provider", "tasks.coding.model", "sessions", "aliases.x"])
def test_what_is_not_set_is_nothing(invoke, key) -> None:
    """Nothing on standard output, and exit code 1, also if there is a default."""
    result = invoke("config", "get", key)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"Error: {key} is not set\n"


def test_a_variable_comes_before_the_file(invoke, settings, monkeypatch) -> None:
    """What counts is shown."""
    settings(provider="hf")
    monkeypatch.setenv("OLLAMA_CLI_PROVIDER", "claude")

    assert on_success(invoke("config", "get", "provider")) == "claude\n"


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("provder", "unknown key 'provder'; did you mean 'provider'?"),
        ("tasks.codin.model", "unknown key 'codin' in tasks; did you mean 'coding'?"),
        ("providers.hf.url", "unknown key 'url' in providers.hf"),
        ("aliases.gpt-5.4", "the setting aliases.gpt-5 has no settings in it; a name with a dot"),
        ("provider.x", "the setting provider has no settings in it"),
        ("$schema", "unknown key '$schema'; known are aliases"),
        ("", "'' is not the name of a setting"),
        ("a..b", "'a..b' is not the name of a setting"),
        ("a.", "'a.' is not the name of a setting"),
        ('a"b"', "'a\"b\"' is not the name of a setting"),
        ('"a', "'\"a' is not the name of a setting"),
        ("/a~2", "'/a~2' is not the name of a setting"),
        ("a" + ".a" * 5000, "'a.a.a"),
    ],
    ids=lambda text: text[:20],
)
@pytest.mark.parametrize("verb", [("get",), ("set", "x")])
def test_an_unknown_key_is_an_error(invoke, file, key, problem, verb) -> None:
    """It names the closest that there is, and nothing is changed."""
    result = invoke("config", verb[0], key, *verb[1:])

    assert (result.exit_code, result.stdout) == (2, "")
    assert problem in result.stderr
    assert not file.exists()


# Set and unset.


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        ("provider", "hf", {"provider": "hf"}),
        ("sessions", "false", {"sessions": False}),
        ("compact_at", "0.5", {"compact_at": 0.5}),
        ("model", "5", {"model": "5"}),
        ("model", '"5"', {"model": "5"}),
        ("fallback_chain", '["hf"]', {"fallback_chain": ["hf"]}),
        ("tasks.coding.model", "claude/m", {"tasks": {"coding": {"model": "claude/m"}}}),
        ('aliases."gpt-5.4"', "codex/x", {"aliases": {"gpt-5.4": "codex/x"}}),
        ("/aliases/a~1b", "m", {"aliases": {"a/b": "m"}}),
        ("aliases.é", "ü", {"aliases": {"é": "ü"}}),
    ],
)
def test_a_setting_is_written(invoke, file, key, value, found) -> None:
    """JSON is parsed, anything else is text, and only the user can read the file."""
    on_success(invoke("config", "set", key, value))

    assert (
        file.read_text(encoding="utf-8") == json.dumps(found, indent=2, ensure_ascii=False) + "\n"
    )
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_with_json_the_change_is_told(invoke, settings) -> None:
    """Without it, standard output stays empty."""
    settings(provider="hf")

    found = checked(
        "config-set", on_success(invoke("config", "set", "--format", "json", "model", "5"))
    )
    assert found == {"key": "model", "value": "5"}
    found = checked(
        "config-unset", on_success(invoke("config", "unset", "--format", "json", "model"))
    )
    assert found == {"key": "model", "value": None}
    assert on_success(invoke("config", "unset", "provider")) == ""


def test_the_order_of_keys_stays(invoke, settings) -> None:
    """A new one comes last."""
    file = settings(sessions=True, aliases={"z": "1", "a": "2"}, model="m")

    on_success(invoke("config", "set", "aliases.b", "3"))
    on_success(invoke("config", "set", "sessions", "false"))
    on_success(invoke("config", "set", "compact_at", "1"))

    found = json.loads(file.read_text())
    assert list(found) == ["sessions", "aliases", "model", "compact_at"]
    assert list(found["aliases"]) == ["z", "a", "b"]


def test_a_number_and_a_flag_are_told_apart(invoke, settings) -> None:
    """To Python, 1 equals true and 1.0."""
    file = settings(compact_at=1.0)

    on_success(invoke("config", "set", "compact_at", "1"))

    assert json.loads(file.read_text()) == {"compact_at": 1}
    assert "1.0" not in file.read_text()


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("sessions", "maybe", "'sessions' must be true or false"),
        ("sessions", "1", "'sessions' must be true or false"),
        ("compact_at", "80", "'compact_at' must be a share between 0 and 1"),
        ("aliases.a", "b", "and not to other aliases"),
        ("tasks.coding", "x", "tasks: coding must be a mapping, not str"),
        ("providers.hf.local", "1", "provider 'hf': local must be true or false, not 1"),
        ("prices.m.input", "1", "prices['m'].output is missing"),
        ("budgets.day_usd", "-1", "budgets.day_usd must be a number of USD, not -1"),
        ("compact_at", "NaN", "'compact_at' must be a share"),
        ("providers.'a b'.local", "true", "\"'a b'\" is not a valid name for a provider"),
    ],
)
def test_a_wrong_value_changes_nothing(invoke, settings, key, value, problem) -> None:
    """All settings are checked as whoever uses them does."""
    file = settings(aliases={"b": "m"})
    before = file.read_bytes()

    result = invoke("config", "set", "--", key, value)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"Error: {file}: {problem}") or problem in result.stderr
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("api_key", TOKEN),
        ("providers.acme.api_key", TOKEN),
        ("providers.acme.api_key_env", TOKEN),
        ("providers.acme.credential", TOKEN),
        ("providers.acme.headers.Authorization", TOKEN),
        ("providers.acme.base_url", f"https://user:{TOKEN}@acme.example/v1"),
        ("tasks.coding.token", TOKEN),
    ],
)
def test_a_credential_is_never_written(invoke, settings, key, value) -> None:
    """It is not repeated, either."""
    file = settings(provider="hf")

    result = invoke("config", "set", key, value)

    assert (result.exit_code, result.stdout) == (2, "")
    assert TOKEN not in result.stderr
    assert TOKEN not in file.read_text()
    assert list(file.parent.glob("*draft*")) == []


def test_a_credential_has_its_own_command(invoke) -> None:
    """The error says so."""
    assert "store it with 'ollama-cli login'" in invoke("config", "set", "api_key", "x").stderr


@pytest.mark.parametrize("content", ['{"provider": ', "[]", '{"a": 1, "a": 2}', "\xff"])
@pytest.mark.parametrize("verb", [("set", "provider", "hf"), ("unset", "provider")])
def test_a_broken_file_is_never_overwritten(invoke, settings, content, verb) -> None:
    """The error says where it is broken, and how to mend it."""
    file = settings()
    file.write_bytes(content.encode("latin-1"))

    result = invoke("config", *verb)

    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {file}: ")
    assert result.stderr.endswith("; mend it with 'ollama-cli config edit'\n")
    assert file.read_bytes() == content.encode("latin-1")


def test_a_broken_file_is_located(invoke, settings) -> None:
    """By line and column."""
    settings().write_text('{\n  "provider" "hf"\n}')

    assert ": line 2, column 14: Expecting ':'" in invoke("config", "set", "model", "m").stderr


def test_an_unknown_key_can_be_removed(invoke, settings) -> None:
    """What is checked are the settings as they would be."""
    file = settings(provder="hf", model="m")

    result = invoke("config", "set", "model", "x")
    assert (result.exit_code, json.loads(file.read_text())["model"]) == (2, "m")
    on_success(invoke("config", "unset", "provder"))

    assert json.loads(file.read_text()) == {"model": "m"}


def test_an_empty_file_is_as_none(invoke, settings) -> None:
    """It has nothing to lose."""
    file = settings()
    file.write_text("\n")

    on_success(invoke("config", "set", "provider", "hf"))

    assert json.loads(file.read_text()) == {"provider": "hf"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_what_editors_of_windows_wrote_is_kept(invoke, settings, encoding) -> None:
    """In UTF-8, which every other reader of JSON takes."""
    file = settings()
    file.write_bytes('{"model": "é"}'.encode(encoding))

    on_success(invoke("config", "set", "provider", "hf"))

    assert json.loads(file.read_bytes().decode("utf-8")) == {"model": "é", "provider": "hf"}


@pytest.mark.parametrize("value", ['"\\ud800"', '"\\u0000"', '"' + "é" * 1000 + '"'])
def test_odd_characters_are_written_as_json(invoke, file, value) -> None:
    """They are the same when they are read."""
    on_success(invoke("config", "set", "model", value))

    assert json.loads(file.read_bytes().decode("utf-8")) == {"model": json.loads(value)}


@pytest.mark.parametrize("value", ["[" * 900 + "]" * 900, "[" * 9000 + "]" * 9000, "x" * 100_000])
def test_huge_values_are_written_or_refused(invoke, settings, value) -> None:
    """In one line, and the file is one that can be read."""
    file = settings(provider="hf")

    for key in ("model", "aliases", "fallback_chain", "hooks"):
        result = invoke("config", "set", key, value)
        assert (result.exit_code, result.stderr.count("\n")) in ((0, 0), (2, 1))
        assert len(result.stderr) < 1000

    assert json.loads(file.read_text())["provider"] == "hf"


def test_a_file_that_would_be_too_long_is_not_written(invoke, settings) -> None:
    """No command could read it."""
    file = settings(aliases={f"alias{number}": "x" * 1000 for number in range(1000)})
    before = file.read_bytes()

    result = invoke("config", "set", "aliases.more", "x" * 100_000)

    assert (result.exit_code, file.read_bytes()) == (2, before)
    assert "it is longer than 1 MiB" in result.stderr


def test_a_setting_is_removed_with_what_held_it(invoke, settings) -> None:
    """Objects that are empty then go, too."""
    file = settings(tasks={"coding": {"model": "m"}, "agent": {"model": "n", "provider": "hf"}})

    on_success(invoke("config", "unset", "tasks.coding.model"))
    on_success(invoke("config", "unset", "tasks.agent.model"))

    assert json.loads(file.read_text()) == {"tasks": {"agent": {"provider": "hf"}}}


@pytest.mark.parametrize("key", ["model", "tasks.coding.model", "provider.x"])
def test_what_is_not_there_is_not_removed(invoke, settings, key) -> None:
    """Exit code 1 says so, as for get."""
    settings(provider="hf")

    result = invoke("config", "unset", key)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"Error: {key} is not set in your settings file\n"


@pytest.mark.parametrize("words", [("list",), ("get", "hooks"), ("list", "--format", "json")])
def test_credential_in_the_command_of_a_hook_is_not_shown(
    invoke, settings, monkeypatch, words
) -> None:
    """Whoever wrote one into a command does not see it, as in ``hooks list``."""
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    settings(hooks=hooks(f"curl -H 'Authorization: {TOKEN}' x"))

    result = invoke("config", *words)

    assert TOKEN not in result.output
    assert "[redacted]" in result.stdout


def test_name_that_cannot_be_printed_is_shown_in_quotes(invoke, settings) -> None:
    """Nobody reads an error about nothing."""
    result = invoke("config", "unset", "\x1b[2J")

    assert result.stderr == 'Error: "\\u001b[2J" is not set in your settings file\n'


def test_what_comes_before_is_told(invoke, project, file, monkeypatch) -> None:
    """A change that has no effect here is not silent, and only the user's file is changed."""
    theirs = project(provider="ollama", aliases={"a": "theirs"})
    before = theirs.read_bytes()

    result = invoke("config", "set", "aliases.a", "mine")
    assert result.stderr == f"Warning: {theirs} sets aliases.a, and comes before it\n"
    monkeypatch.setenv("OLLAMA_CLI_PROVIDER", "claude")
    result = invoke("--format", "json", "config", "set", "provider", "hf")
    told = {"type": "warning", "message": "OLLAMA_CLI_PROVIDER sets provider, and comes before it"}
    assert json.loads(result.stderr) == told

    assert json.loads(file.read_text()) == {"aliases": {"a": "mine"}, "provider": "hf"}
    assert theirs.read_bytes() == before


def test_a_provider_that_is_not_there_is_told(invoke, file) -> None:
    """It may be installed later, so the setting is made."""
    result = invoke("config", "set", "tasks.coding.provider", "claud")

    assert result.exit_code == 0
    assert result.stderr == (
        "Warning: no provider is called 'claud'; 'ollama-cli providers' lists them\n"
    )
    assert json.loads(file.read_text()) == {"tasks": {"coding": {"provider": "claud"}}}


def test_a_broken_project_does_not_hide_that_it_worked(invoke, file, project) -> None:
    """The user's file was changed; other commands tell of the project's."""
    project(provder="hf")

    on_success(invoke("config", "set", "model", "m"))

    assert json.loads(file.read_text()) == {"model": "m"}


# Where the file is.


@pytest.mark.parametrize("kind", ["link", "links", "relative", "folder", "dangling"])
def test_a_link_stays(invoke, tmp_path, file, kind) -> None:
    """People keep their settings elsewhere and link them."""
    kept = tmp_path / "dotfiles" / "settings.json"
    kept.parent.mkdir(mode=0o700)
    kept.write_text('{"provider": "hf"}')
    kept.chmod(0o600)
    file.parent.mkdir(mode=0o700)
    if kind == "folder":
        file.parent.rmdir()
        file.parent.symlink_to(kept.parent)
    elif kind == "links":
        between = tmp_path / "store"
        between.mkdir(mode=0o755)
        (between / "link").symlink_to(kept)
        between.chmod(0o555)
        file.symlink_to(between / "link")
    else:
        file.symlink_to("../dotfiles/settings.json" if kind == "relative" else kept)
    if kind == "dangling":
        kept.unlink()

    on_success(invoke("config", "set", "model", "m"))

    assert file.is_symlink() or file.parent.is_symlink()
    assert json.loads(kept.read_text())["model"] == "m"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_link_that_others_could_have_made_is_not_followed(invoke, tmp_path, file) -> None:
    """What it leads to stays as it is."""
    shared = tmp_path / "shared"
    shared.mkdir()
    kept = tmp_path / "kept.json"
    kept.write_text("{}")
    (shared / "link").symlink_to(kept)
    shared.chmod(0o777)
    file.parent.mkdir(mode=0o700)
    file.symlink_to(shared / "link")

    result = invoke("config", "set", "model", "m")

    assert result.exit_code == 2
    assert "it is not changed, because others can write to the folder" in result.stderr
    assert kept.read_text() == "{}"


def test_ones_own_link_is_followed_where_others_cannot_replace_it(invoke, tmp_path, file) -> None:
    """That is so in a folder such as /tmp, or a store of packages."""
    shared = tmp_path / "shared"
    shared.mkdir()
    kept = tmp_path / "kept.json"
    (shared / "link").symlink_to(kept)
    shared.chmod(0o1777)
    file.parent.mkdir(mode=0o700)
    file.symlink_to(shared / "link")

    on_success(invoke("config", "set", "model", "m"))

    assert json.loads(kept.read_text()) == {"model": "m"}


def test_links_in_a_circle_are_an_error(invoke, file) -> None:
    """They are not followed for ever."""
    file.parent.mkdir(mode=0o700)
    file.symlink_to(file)

    result = invoke("config", "set", "model", "m")

    assert (result.exit_code, file.is_symlink()) == (2, True)
    assert "it cannot be changed: its links lead in a circle" in result.stderr


@pytest.mark.parametrize("writable", ["file", "folder"])
def test_what_others_can_write_to_is_not_changed(invoke, settings, writable) -> None:
    """It is ignored, so a change would have no effect; the error says what to do."""
    file = settings(provider="hf")
    (file if writable == "file" else file.parent).chmod(0o777)

    result = invoke("config", "set", "model", "m")

    assert result.exit_code == 2
    assert "it is not changed, because others can write to it" in result.stderr
    assert "chmod go-w" in result.stderr
    assert json.loads(file.read_text()) == {"provider": "hf"}


def test_a_folder_of_that_name_is_an_error(invoke, file) -> None:
    """It stays."""
    file.mkdir(parents=True, mode=0o700)

    result = invoke("config", "set", "model", "m")

    assert (result.exit_code, file.is_dir()) == (2, True)
    assert "it cannot be changed: Is a directory" in result.stderr


def test_processes_at_once_lose_nothing(tmp_path, shell) -> None:
    """Each change is there."""
    folder = tmp_path / "s"
    names = [f"a{number}" for number in range(12)]

    def change(name: str) -> int:
        made = ("config", "set", f"aliases.{name}", "m")
        return shell.run(*made, OLLAMA_CLI_CONFIG_DIR=str(folder)).returncode

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(change, names)) == {0}

    assert sorted(json.loads((folder / "settings.json").read_text())["aliases"]) == sorted(names)


# List, path, schema.


def test_the_list_says_where_each_value_comes_from(invoke, settings, project, monkeypatch) -> None:
    """A file, a variable, or a default."""
    mine = settings(model="m", compact_at=0.5)
    theirs = project(compact_at=0.6, tasks={"coding": {"model": "x"}})
    monkeypatch.setenv("OLLAMA_CLI_CODING_PROVIDER", "claude")

    text = on_success(invoke("config", "list", "--sources"))
    found = checked("config-list", on_success(invoke("config", "list", "--format", "json")))[
        "settings"
    ]

    by_key = {row["key"]: (row["value"], row["source"]) for row in found}
    assert by_key["model"] == ("m", str(mine))
    assert by_key["compact_at"] == (0.6, str(theirs))
    assert by_key["tasks.coding.model"] == ("x", str(theirs))
    assert by_key["tasks.coding.provider"] == ("claude", "OLLAMA_CLI_CODING_PROVIDER")
    assert by_key["sessions"] == (True, "default")
    assert "provider" not in by_key
    lines = [line.split() for line in text.splitlines()]
    assert lines[0] == ["KEY", "VALUE", "SOURCE"]
    assert ["compact_at", "0.6", str(theirs)] in lines
    assert [line[0] for line in lines[1:]] == [row["key"] for row in found]


def test_the_list_has_its_keys_as_get_takes_them(invoke, settings) -> None:
    """Also those of names with dots, quotes and slashes."""
    aliases = {'a"b': "1", "a.b": "2", "/a": "3", "a b": "4", "é/x": "5", "\\": "6"}
    settings(aliases=aliases)

    found = json.loads(on_success(invoke("config", "list", "--format", "json")))["settings"]

    for row in found:
        if row["source"] != "default":
            assert on_success(invoke("config", "get", row["key"])) == f"{row['value']}\n"
    assert sum(row["key"].startswith("aliases.") for row in found) == len(aliases)


def test_the_list_is_text_for_a_terminal(invoke, settings) -> None:
    """Control characters of a value do not reach it."""
    settings(aliases={"a\x1b[2J": "x\x1b]0;t\x07y\nz"})

    assert "\x1b" not in on_success(invoke("config", "list"))
    assert "\x1b" not in on_success(invoke("config", "get", "aliases"))
    assert "\x1b" not in on_success(invoke("config", "get", r'aliases."a\u001b[2J"'))


def test_the_schema_of_the_file_is_no_setting(invoke, settings) -> None:
    """Editors find it there; it is accepted, kept and not listed."""
    file = settings(**{"$schema": "./settings.schema.json"}, provider="hf")

    on_success(invoke("config", "set", "model", "m"))

    assert list(json.loads(file.read_text())) == ["$schema", "provider", "model"]
    assert "$schema" not in on_success(invoke("config", "list"))


@pytest.mark.parametrize("content", [None, "{", "{}"])
def test_the_path_is_shown(invoke, file, content) -> None:
    """Also if there is no file, or a broken one."""
    if content is not None:
        file.parent.mkdir(mode=0o700)
        file.write_text(content)

    assert on_success(invoke("config", "path")) == f"{file}\n"
    found = checked("config-path", on_success(invoke("config", "path", "--format", "json")))
    assert found == {"paths": [{"path": str(file), "exists": content is not None}]}


def test_the_projects_path_follows(invoke, file, project) -> None:
    """On a line of its own."""
    theirs = project(provider="hf")

    assert on_success(invoke("config", "path")).splitlines() == [str(file), str(theirs)]


def test_the_schema_is_shown(invoke) -> None:
    """As it is published."""
    assert json.loads(on_success(invoke("config", "schema"))) == schema("settings")


def test_without_a_verb_the_help_is_shown(invoke) -> None:
    """All verbs are in it."""
    shown = on_success(invoke("config"))

    for verb in ("get", "set", "unset", "list", "path", "schema", "edit", "prompts"):
        assert f"\n  {verb} " in shown


@pytest.mark.parametrize("place", [("--format", "json", "config"), ("config", "--format", "json")])
def test_the_format_may_stand_before_the_verb(invoke, settings, place) -> None:
    """As for any other command."""
    settings(provider="hf")

    found = checked("config-get", on_success(invoke(*place, "get", "provider")))

    assert found == {"key": "provider", "value": "hf"}


def test_saved_prompts_are_listed(invoke, file) -> None:
    """With what they are for, and what is wrong with them."""
    assert "There are no saved prompts." in on_success(invoke("config", "prompts"))
    folder = file.parent / "prompts"
    folder.mkdir(parents=True, mode=0o700)
    file.parent.chmod(0o700)
    for name, text in (("a", "---\ndescription: D\n---\n"), ("b", "---\nx: 1\n---\n"), ("c", "")):
        (folder / f"{name}.md").write_text(text)
        (folder / f"{name}.md").chmod(0o600)

    lines = on_success(invoke("config", "prompts")).splitlines()
    found = checked("config-prompts", on_success(invoke("config", "prompts", "--format", "json")))

    assert lines[1].split() == ["a", "D"]
    assert "unknown key 'x'" in lines[2]
    assert [each["problem"] is None for each in found["prompts"]] == [True, False, True]
