"""A provider as the scaffold bakes it, installed from its wheels, in front of a real server."""

import os
import subprocess
from pathlib import Path
from venv import EnvBuilder

import pytest
from cookiecutter.main import cookiecutter

from ._server import MODEL, PATIENCE_S, Server

TEMPLATE = Path(__file__).parents[2] / "templates" / "provider-cookiecutter"
ASK = ("--provider", "baked", "-o", "max_tokens=12", "Why is the sky blue?")


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command in an environment that knows the baked provider and no other."""
    folder = tmp_path_factory.mktemp("baked")
    answers = {"provider_name": "baked", "default_model": MODEL}
    project = Path(
        cookiecutter(
            str(TEMPLATE),
            no_input=True,
            extra_context=answers,
            output_dir=str(folder),
            default_config=True,
        )
    )
    EnvBuilder(with_pip=True).create(folder / "venv")
    programs = folder / "venv" / "bin"
    pip = [programs / "python", "-m", "pip", "install", "--quiet"]
    wheels = sorted(project.glob("wheels/*.whl"))
    subprocess.run([*pip, *wheels, project], check=True, timeout=300)
    return programs / "ollama-cli"


def ask(command: Path, server: Server, home: Path, *arguments: str, key: str):
    """Ask through the command, with the variables that the bake declares and no others."""
    variables = {"BAKED_API_KEY": key, "BAKED_BASE_URL": server.base_url}
    done = subprocess.run(
        [command, *arguments],
        env={"PATH": os.defpath, "HOME": str(home), **variables},
        cwd=home,
        stdin=subprocess.DEVNULL,
        text=True,
        capture_output=True,
        timeout=PATIENCE_S,
    )
    assert key not in done.stdout + done.stderr
    return done


@pytest.mark.parametrize("how", ["--stream", "--no-stream"])
def test_answers(how: str, command: Path, server: Server, tmp_path: Path):
    """The baked provider answers, streamed or whole."""
    done = ask(command, server, tmp_path, *ASK, how, key=server.key)

    assert done.returncode == 0
    # The model may come to its end within the few tokens that it may write.
    cut = "Warning: the answer is cut off"
    assert not done.stderr or (done.stderr.startswith(cut) and done.stderr.count("\n") == 1)
    assert done.stdout.strip()


def test_lists_models(command: Path, server: Server, tmp_path: Path):
    """The baked provider lists the server's model."""
    done = ask(command, server, tmp_path, "models", "--provider", "baked", key=server.key)

    assert (done.returncode, done.stdout.split()) == (0, [MODEL])


def test_wrong_key(command: Path, server: Server, tmp_path: Path):
    """A key that the server rejects is exit code 3."""
    assert ask(command, server, tmp_path, *ASK, key="key-wrong").returncode == 3
