"""The command proves the class that users get, and says which copy that was."""

import json
import shutil
import subprocess
import sys

import pytest
from provider_conformance.__main__ import main

from ._installed import HARNESS, checkout, install, run_data

ONE = ["--only", "CHAT-001"]
SUBCLASS = """
from provider_conformance import Harness, OpenAIWire
from {package} import Provider as Installed


class Provider(Installed):
    default_model = "other/model"


HARNESS = Harness(Provider, OpenAIWire())
"""
PARTIAL = """
from functools import partial
from provider_conformance import Harness, OpenAIWire
from {package} import Provider

HARNESS = Harness(partial(Provider, max_retries=2), OpenAIWire())
"""


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Return a folder on the path in which distributions can be installed."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    return folder


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Return the working directory, for a checkout."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_name_proves_the_installed_class(site, here, capsys):
    """The run says which distribution it checked, its version, and where its class is."""
    install(site, "acme", "1.2")
    checkout(here, "acme")
    assert main(["run", "acme", *ONE]) == 0
    copy = "dist-provider_acme 1.2, installed, provider_acme/__init__.py"
    assert f"acme: checked {copy}\n" in capsys.readouterr().out


def test_editable_copy_is_called_that(site, here, capsys):
    """A copy that is installed in place is shown relative to its source."""
    source = here / "src"
    install(site, "acme", editable=source)
    checkout(here, "acme")
    sys.path.append(str(source))
    try:
        assert main(["run", "acme", *ONE]) == 0
    finally:
        sys.path.remove(str(source))
    assert "1.0, editable, provider_acme/__init__.py\n" in capsys.readouterr().out


@pytest.mark.parametrize("harness", [SUBCLASS, PARTIAL], ids=["subclass", "partial"])
def test_other_class_than_the_users_is_refused(site, here, harness, capsys):
    """A harness that proves a class of its own is a mistake for a provider's name."""
    install(site, "acme")
    checkout(here, "acme", harness)
    assert main(["run", "acme", *ONE]) == 2
    said = capsys.readouterr().err
    assert "users of 'acme' get provider_acme:Provider of dist-provider_acme 1.0" in said
    assert said.count("\n") == 1
    assert main(["verify", "acme"]) == 1
    assert "users of 'acme' get" in capsys.readouterr().out
    assert main(["report", "acme"]) == 1
    assert "users of 'acme' get" in capsys.readouterr().out


def test_name_that_is_not_installed_is_refused(site, here, capsys):
    """What only lies on the path is not what users install."""
    install(site, "other", package="provider_acme")
    checkout(here, "acme")
    assert main(["run", "acme", *ONE]) == 2
    assert "the provider 'acme' is not installed" in capsys.readouterr().err


def test_copy_elsewhere_on_the_path_is_refused(site, here, tmp_path, monkeypatch, capsys):
    """A copy that hides the installed one is not what users get."""
    install(site, "acme")
    install(tmp_path / "shadow", "other", package="provider_acme")
    shutil.rmtree(tmp_path / "shadow" / "dist_provider_acme-1.0.dist-info")
    monkeypatch.syspath_prepend(str(tmp_path / "shadow"))
    checkout(here, "acme")
    assert main(["run", "acme", *ONE]) == 2
    assert "is not in the installed dist-provider_acme 1.0" in capsys.readouterr().err


def test_two_distributions_of_one_name_are_refused(site, here, capsys):
    """Two installed providers of one name are named, and neither is chosen."""
    install(site, "acme")
    install(site, "acme", package="provider_twin")
    checkout(here, "acme")
    assert main(["run", "acme", *ONE]) == 2
    said = capsys.readouterr().err
    assert "dist-provider_acme 1.0 and dist-provider_twin 1.0 both declare" in said


@pytest.mark.parametrize("body", ["1 / 0", "raise SystemExit(0)", "import os; os._exit(0)"])
def test_entry_point_that_cannot_be_loaded_is_one_sentence(site, here, body, capsys):
    """An installed provider that ends its import is named with its distribution."""
    code = install(site, "acme")
    checkout(
        here,
        "acme",
        HARNESS.replace("{package}", "provider_conformance.zoo").replace(
            "Provider\n", "ReferenceProvider as Provider\n", 1
        ),
    )
    (code / "__init__.py").write_text(body)
    assert main(["run", "acme", *ONE]) == 2
    said = capsys.readouterr().err
    assert "provider_acme:Provider of dist-provider_acme 1.0 cannot be loaded" in said


def test_file_of_a_class_that_is_not_installed_says_so(here, capsys):
    """A file as the target takes any class, and run, verify and page say that none installs it."""
    (here / "harness.py").write_text("from provider_conformance.zoo import HARNESS\n")
    assert main(["run", "harness.py", "--seed", "1"]) == 0
    assert "reference: not an installed provider\n" in capsys.readouterr().out
    assert json.loads(run_data(here, "reference"))["installed"] is None
    page = (here / "reports" / "conformance" / "reference.html").read_text()
    assert "not an installed provider" in page
    assert main(["verify", "harness.py"]) == 0
    assert "reference: not an installed provider\n" in capsys.readouterr().out


def test_file_of_an_installed_class_names_its_copy(site, here, capsys):
    """A file whose class is the entry point's says which distribution that is."""
    install(site, "acme", "3.0")
    checkout(here, "acme")
    assert main(["run", "tests/harness.py", *ONE]) == 0
    assert "acme: checked dist-provider_acme 3.0, installed" in capsys.readouterr().out


def test_two_members_of_one_name_are_refused(site, here, capsys):
    """A name that two folders of a checkout declare is not resolved to one of them."""
    install(site, "acme")
    checkout(here / "providers" / "one", "acme")
    checkout(here / "providers" / "two", "acme")
    assert main(["run", "acme", *ONE]) == 2
    said = capsys.readouterr().err
    assert "one and " in said
    assert "both declare the provider 'acme'" in said


def test_workspace_proves_its_installed_members():
    """The providers of this workspace are proved as they are installed."""
    code = (
        "from provider_conformance._find import find_harness\n"
        "from provider_conformance._installed import copy_for_users\n"
        "for name in ('hf', 'claude', 'ollama'):\n"
        "    print(copy_for_users(find_harness(name)[0], name))\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.count("\n") == 3
