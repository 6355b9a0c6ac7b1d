"""Saved prompts: where they are, what they may say, and how they are filled."""

from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ollama_cli.settings.prompt_file import parse_prompt
from ollama_cli.settings.prompts import list_prompts, load_prompt, parse_params
from ollama_cli.settings.snapshot import Snapshot
from ollama_cli.settings.trust import Project

REVIEW = b"""---
description: Reviews a change.
provider: claude
model: claude-opus-5
system: |
  You review {{language}}.
  Be brief.
options:
  temperature: 0.2
  stop: ["END"]
params:
  language: Python
  tone:
---

In a {{tone}} tone, review:

{{input}}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """The user's folder of saved prompts."""
    made = tmp_path / "settings" / "prompts"
    made.parent.mkdir(mode=0o700)
    made.mkdir(mode=0o700)
    monkeypatch.setenv("OLLAMA_CLI_CONFIG_DIR", str(made.parent))
    return made


@pytest.fixture
def saved(folder):
    """Write a saved prompt and return its path."""

    def write(content: bytes | str, name: str = "review") -> Path:
        path = folder / f"{name}.md"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(0o600)
        return path

    return write


def parsed(text: str):
    """Return the saved prompt that a text describes."""
    return parse_prompt("p", Path("p.md"), text.encode())


def test_a_saved_prompt_is_filled(saved) -> None:
    """Text, system prompt, provider, model and options are those of the file."""
    saved(REVIEW)

    prompt = load_prompt("review", None)
    found = prompt.fill({"tone": "friendly"}, "x = 1")

    assert found.prompt == "In a friendly tone, review:\n\nx = 1"
    assert found.system == "You review Python.\nBe brief."
    assert prompt.place[0::2] == ("claude", "claude-opus-5")
    assert found.options == {"temperature": 0.2, "stop": ["END"]}


def test_without_a_place_the_input_follows() -> None:
    """After a blank line; without input, nothing follows."""
    prompt = parsed("Translate to English.\n")

    assert prompt.fill({}, "Hallo").prompt == "Translate to English.\n\nHallo"
    assert prompt.fill({}, "").prompt == "Translate to English."
    assert parsed("---\nsystem: S\n---\n").fill({}, "Hallo").prompt == "Hallo"


def test_a_place_for_input_needs_some() -> None:
    """A question without its subject is not sent."""
    with pytest.raises(click.UsageError, match="needs input: write it as an argument, or pipe"):
        parsed("Review:\n{{input}}").fill({}, " \n")


def test_nothing_to_send_is_an_error() -> None:
    """A file with a system prompt alone needs input."""
    with pytest.raises(click.UsageError, match="has no text of its own"):
        parsed("---\nsystem: S\n---\n").fill({}, "")


def test_files_may_be_all_the_input() -> None:
    """They follow the prompt."""
    assert parsed("Review:\n{{input}}").fill({}, "", with_files=True).prompt == "Review:\n"
    assert parsed("---\nsystem: S\n---\n").fill({}, "", with_files=True).prompt == ""


def test_a_missing_parameter_is_named() -> None:
    """The error says how to give all that are missing."""
    with pytest.raises(click.UsageError) as raised:
        parsed("---\nparams: [a, b]\n---\n{{a}}").fill({}, "x")

    assert raised.value.message == "the saved prompt 'p' needs -p a=VALUE -p b=VALUE"


def test_an_unknown_parameter_is_an_error() -> None:
    """The nearest is named."""
    prompt = parsed("---\nparams:\n  language: en\n---\n{{language}}")

    with pytest.raises(click.UsageError, match="no parameter 'langage'; did you mean 'language'"):
        prompt.fill({"langage": "de"}, "")
    with pytest.raises(click.UsageError, match="no parameter 'input'"):
        prompt.fill({"input": "de"}, "")


CODE = 'f"{{{name}}}" {{{{name}}}} {{ other }} {{name} {name} {{}} ${name} \\{{1}}'


def test_braces_of_code_stay() -> None:
    """Only declared names between two braces are replaced."""
    prompt = parsed('---\nparams: {"name": "N"}\n---\n' + CODE + " {{name}} {{ name }}")

    assert prompt.fill({}, "").prompt == CODE + " N N"


def test_a_place_in_json_is_replaced() -> None:
    """Braces that follow do not matter."""
    prompt = parsed('{"a": {"b": {{input}}}}')

    assert prompt.fill({}, "1").prompt == '{"a": {"b": 1}}'


@given(value=st.text(alphabet="{}inputab \\1@", max_size=30))
def test_values_are_never_searched(value) -> None:
    """What a placeholder is replaced by stays as it is."""
    prompt = parsed("---\nparams: [a, b]\n---\n<{{a}}|{{b}}|{{input}}>")

    found = prompt.fill({"a": value, "b": "{{input}}{{a}}"}, "{{b}}").prompt

    assert found == f"<{value}|{{{{input}}}}{{{{a}}}}|{{{{b}}}}>"


def test_files_are_not_attached() -> None:
    """A path in a template or a value is text."""
    prompt = parsed("---\nparams: [a]\n---\n@/etc/passwd {{a}}")

    assert prompt.fill({"a": "@/etc/passwd"}, "").prompt == "@/etc/passwd @/etc/passwd"


def test_a_default_is_the_text_that_was_written() -> None:
    """Also if it looks like a number."""
    prompt = parsed("---\nparams:\n  a: 1e3\n  b: ''\n  c: ~\n---\n{{a}}{{b}}")

    assert dict(prompt.params) == {"a": "1e3", "b": "", "c": None}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("---\nmodle: x\n---\n", "unknown key 'modle'; did you mean 'model'?"),
        ("---\nmodel: [1]\n---\n", "model must be text"),
        ("---\noptions: x\n---\n", "options must be lines 'name: value', or a JSON object"),
        ("---\noptions:\n  temprature: 1\n---\n", "unknown option 'temprature'; did you mean"),
        ("---\noptions:\n  temperature: hot\n---\n", "temperature must be a finite number"),
        ('---\noptions: {"extra_headers": {"a": "b"}}\n---\n', "options: extra_headers may hold"),
        ("---\nparams: x\n---\n", "params must be lines 'name: default', or a list of names"),
        ("---\nparams: [input\n---\n", "line 2: it is not JSON"),
        ("---\nparams: [input]\n---\n", "params: 'input' cannot be the name of a parameter"),
        ('---\nparams: ["a b"]\n---\n', "params: 'a b' cannot be the name of a parameter"),
        ('---\nparams: {"a": 1}\n---\n', "params: the default of 'a' must be text"),
        ("---\nsystem: '{{input}}'\n---\n", "system: {{input}} is for the text after"),
        ("---\nmodel: x\n", "line 1 is '---', and no other line is"),
        (b"\xff", "byte 0 is not UTF-8 text"),
        (b"a\0", "it is not text: character 1 is NUL"),
        (b"x" * ((1 << 20) + 1), "it is longer than 1 MiB"),
    ],
    ids=lambda value: str(value[:40]),
)
def test_a_wrong_file_is_an_error(saved, content, problem) -> None:
    """It names the file and says what is wrong."""
    path = saved(content)

    with pytest.raises(click.UsageError) as raised:
        load_prompt("review", None)

    assert raised.value.message.startswith(f"{path}: {problem}")


def test_editors_of_windows_may_write_it(saved) -> None:
    """A byte order mark and their line ends are no text."""
    saved(b"\xef\xbb\xbf---\r\nmodel: m\r\n---\r\nOne\r\ntwo\r\n")

    found = load_prompt("review", None)

    assert (found.model, found.body) == ("m", "One\ntwo")


def test_an_unknown_name_is_an_error(saved) -> None:
    """The nearest is named, or all that there are."""
    saved("x")
    saved("x", "commit")

    with pytest.raises(click.UsageError, match="called 'reviw'; did you mean 'review'"):
        load_prompt("reviw", None)
    with pytest.raises(click.UsageError, match="called 'zzz'; there are commit, review"):
        load_prompt("zzz", None)


def test_the_first_one_is_explained(folder) -> None:
    """Without any, the error says where one is written."""
    with pytest.raises(click.UsageError) as raised:
        load_prompt("review", None)

    assert raised.value.message == (
        f"no saved prompt is called 'review'; write one as {folder / 'review.md'}"
    )


@pytest.mark.parametrize(
    "name", ["../x", "/etc/passwd", ".hidden", "a/b", "a\\b", "", "a\0b", "a\n"]
)
def test_a_name_is_no_path(saved, name) -> None:
    """Only files of the folder are read."""
    with pytest.raises(click.UsageError, match="is not the name of a saved prompt"):
        load_prompt(name, None)


def test_a_file_that_others_can_write_to_is_ignored(saved) -> None:
    """The error says why it does not count; so it does for its folders."""
    path = saved("x")
    for writable in (path, path.parent, path.parent.parent):
        mode = writable.stat().st_mode
        writable.chmod(0o777)
        with pytest.raises(click.UsageError, match="it is ignored, because others can write to"):
            load_prompt("review", None)
        writable.chmod(mode)

    assert load_prompt("review", None).body == "x"


def test_what_is_no_file_is_an_error(folder) -> None:
    """A folder of that name is not read."""
    (folder / "review.md").mkdir()

    with pytest.raises(click.UsageError, match="it cannot be read: Is a directory"):
        load_prompt("review", None)


ROOT = Path("/nowhere")


def project(**files: bytes) -> Project:
    """Return a trusted project with these files in ``.ollama``."""
    named = {f".ollama/{name}": content for name, content in files.items()}
    return Project(Snapshot(ROOT, named, frozenset(), "", ()), {})


def test_the_projects_come_before_the_users(saved) -> None:
    """They are the bytes that were trusted, and no file of the project is read."""
    saved("---\ndescription: Mine.\n---\nmine")
    other = saved("---\ndescription: Other.\n---\nother", "other")
    found = project(
        **{
            "prompts/review.md": b"theirs",
            "prompts/.x.md": b"",
            "prompts/y.txt": b"",
            "prompts/deeper/z.md": b"",
            "w.md": b"",
        }
    )

    assert load_prompt("review", found).body == "theirs"
    assert load_prompt("other", found).body == "other"
    assert list_prompts(found) == [
        ("other", other, "Other.", None),
        ("review", ROOT / ".ollama/prompts/review.md", None, None),
    ]


def test_the_list_tells_what_cannot_be_used(saved) -> None:
    """The others are listed, too."""
    saved("x", "good")
    bad = saved("---\nmodle: x\n---\n", "bad")

    assert list_prompts(None)[0] == ("bad", bad, None, "unknown key 'modle'; did you mean 'model'?")
    assert [each.name for each in list_prompts(None)] == ["bad", "good"]


def test_parameters_of_the_command_line() -> None:
    """The value is all after the first equals sign; the last of a name counts."""
    assert parse_params(["a=1", "b=x=y", "a= 2"]) == {"a": " 2", "b": "x=y"}
    with pytest.raises(click.UsageError, match="-p takes NAME=VALUE, not 'a'"):
        parse_params(["a"])
