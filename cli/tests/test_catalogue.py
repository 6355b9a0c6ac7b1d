"""Commands are found: files of ``commands/`` and entry points of other packages."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from ollama_cli import commands
from ollama_cli.command_line import catalogue

_GREET = '''
async def run(args) -> int:
    """Greet somebody."""
    print("Hello", *args)
    return 7 if "--fail" in args else 0
'''
_CLICK = '''
import click

@click.command("wave")
@click.option("--hands", default=1)
def command(hands: int) -> None:
    """Wave."""
    click.echo(f"{hands} hands")
'''
_OWN = f"{_GREET}\nclass Own:\n    run = run\n"


@pytest.fixture(autouse=True)
def found_anew():
    """What is found and imported in one test does not stay."""
    catalogue.builtins.cache_clear()
    catalogue.plugins.cache_clear()
    before = set(sys.modules)
    yield
    for module in set(sys.modules) - before:
        if module.startswith(("acme", "ollama_cli.commands.")):
            del sys.modules[module]
    catalogue.builtins.cache_clear()
    catalogue.plugins.cache_clear()


@pytest.fixture
def package(tmp_path: Path, monkeypatch):
    """Install a package that declares commands, as ``name = value`` lines."""
    monkeypatch.syspath_prepend(tmp_path)

    def install(name: str, *points: str, **modules: str) -> None:
        folder = tmp_path / f"{name}-1.0.dist-info"
        folder.mkdir()
        lines = ["[console_scripts]", "x = y:z", "[ollama_cli.commands]", *points, "", "[other]"]
        (folder / "entry_points.txt").write_text("\n".join(lines) + "\nunrelated = a:b\n")
        for module, source in modules.items():
            (tmp_path / f"{module}.py").write_text(source)

    return install


@pytest.fixture
def folder(tmp_path: Path, monkeypatch) -> Path:
    """A folder whose files are commands too."""
    monkeypatch.setattr(commands, "__path__", [*commands.__path__, str(tmp_path)])
    return tmp_path


def test_file_is_a_command_without_registration(invoke, folder) -> None:
    """One file in the folder of commands is enough, and a function is too."""
    (folder / "greet.py").write_text(_GREET)

    assert re.search(r"greet +Greet somebody\.", invoke("--help").stdout)
    result = invoke("greet", "you", "--fail", "--help")
    assert (result.exit_code, result.stdout) == (7, "Hello you --fail --help\n")


def test_help_of_a_file_is_read_without_importing_it(invoke, folder) -> None:
    """A file that does not import has a line of help, and the others work."""
    (folder / "broken.py").write_text('raise SystemExit(9)\ndef command():\n    """Break."""\n')

    assert re.search(r"broken +Break\.", invoke("--help").stdout)
    assert invoke("version").exit_code == 0


def test_private_files_are_no_commands(folder) -> None:
    """A file with an underscore is a part of others."""
    (folder / "_parts.py").write_text(_GREET)

    assert catalogue.find("_parts") is None
    assert catalogue.find("-parts") is None


@pytest.mark.parametrize(
    ("point", "source", "words", "stdout"),
    [
        ("greet = acme_greet:run", _GREET, ("greet", "a  b", "-v"), "Hello a  b -v\n"),
        ("wave=acme_greet:command", _CLICK, ("wave", "--hands", "2"), "2 hands\n"),
        ("greet = acme_greet:Own.run", _OWN, ("greet",), "Hello\n"),
    ],
    ids=["function", "click", "attribute"],
)
def test_entry_point_is_a_command(invoke, package, point, source, words, stdout):
    """Another package brings a command by an entry point alone."""
    package("acme_tools", point, acme_greet=source)

    result = invoke(*words)

    assert (result.exit_code, result.stdout) == (0, stdout)
    assert "A command of acme_tools 1.0." in invoke("--help").stdout


def test_plugin_is_not_imported_for_others(invoke, package) -> None:
    """A command of another package is imported only when it is called."""
    package("acme_tools", "greet = acme_missing:run")

    invoke("--help")
    assert invoke("version").exit_code == 0
    assert "acme_missing" not in sys.modules


@pytest.mark.parametrize(
    "source",
    ["raise SystemExit(3)", "1/0", "run = None", "import nobody_has_this"],
    ids=["exits", "raises", "no-command", "import"],
)
def test_plugin_that_does_not_load_is_one_line(invoke, package, source) -> None:
    """Whatever goes wrong within it, one line names the command, its package and the reason."""
    package("acme_tools", "greet = acme_broken:run", acme_broken=source)

    result = invoke("greet", "you")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: the command 'greet' of acme_tools 1.0 cannot be used: ")
    assert result.stderr.count("\n") == 1


def test_two_claims_on_one_name_name_both(invoke, package) -> None:
    """Neither of two packages is preferred, and the error tells which they are."""
    package("acme_one", "greet = a:b")
    package("acme_two", "greet = c:d")

    result = invoke("greet")

    assert result.exit_code == 1
    assert "acme_one 1.0 and acme_two 1.0" in result.stderr
    assert "which clash" in invoke("--help").stdout


def test_built_in_command_wins(invoke, package) -> None:
    """No package replaces a command that is built in, or its alias."""
    package("acme_tools", "version = a:b", "list = a:b")

    assert invoke("version").exit_code == 0
    assert catalogue.find("list").name == "models"


def test_copy_of_a_package_is_no_second_claim(package, tmp_path, monkeypatch) -> None:
    """Of two copies of one package the first on the path counts, as for imports."""
    package("acme_tools", "greet = a:b")
    other = tmp_path / "other" / "acme_tools-0.9.dist-info"
    other.mkdir(parents=True)
    (other / "entry_points.txt").write_text("[ollama_cli.commands]\ngreet = old:b\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(other.parent)])

    assert catalogue.plugins()["greet"].help == "A command of acme_tools 1.0."


def test_damaged_declarations_harm_nobody(invoke, package, tmp_path) -> None:
    """Bytes, folders and names that are no commands are passed over."""
    package("acme_tools", "greet = a:b", "Bad Name = a:b", "worse=", "\x1b[2J = a:b")
    damaged = tmp_path / "damaged-1.dist-info"
    (damaged / "entry_points.txt").mkdir(parents=True)
    garbage = tmp_path / "garbage-1.dist-info"
    garbage.mkdir()
    (garbage / "entry_points.txt").write_bytes(b"\xff[ollama_cli.commands]\n\xff = \xff")

    assert list(catalogue.plugins()) == ["greet"]
    assert invoke("--help").exit_code == 0


def test_words_that_no_verb_is_are_refused(invoke, package) -> None:
    """A command with verbs names them where another word stands."""
    source = "import click\ncommand = click.Group('jobs', commands=[click.Command('add')])"
    package("acme_tools", "jobs = acme_jobs:command", acme_jobs=source)

    result = invoke("jobs", "are", "scarce", "today")

    assert result.exit_code == 2
    assert "'jobs' has no command 'are'; it has add. To ask a model" in result.stderr


def test_sentence_does_not_wait_for_the_search(tmp_path) -> None:
    """A quoted prompt looks for no commands of other packages."""
    code = (
        "from ollama_cli.command_line import catalogue, names\n"
        "names.is_command(['why is it so?'])\n"
        "raise SystemExit(catalogue.plugins.cache_info().currsize)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
