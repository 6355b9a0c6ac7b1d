"""A report proves the code, the data and the versions that were there when it was made."""

import shutil

import pytest
from provider_conformance.__main__ import main

from ._installed import checkout, install


@pytest.fixture(scope="module")
def proof(tmp_path_factory):
    """Return a checkout and the folder of its installed distributions, with whole reports."""
    folder = tmp_path_factory.mktemp("stale")
    site, here = folder / "site", folder / "checkout"
    needs = ["httpx>=0.1", "gadget[fast]; python_version > '3'", "absent; extra == 'x'"]
    code = install(site, "acme", requires=needs)
    (code / "models.toml").write_text("a = 1\n")
    (code / "data").mkdir()
    (code / "data" / "table.bin").write_bytes(b"\x00\x01")
    release(site, "gadget", "1.0", "cog; extra == 'fast'", "wheel_of_dev; extra == 'dev'")
    release(site, "cog", "1.0")
    release(site, "wheel_of_dev", "1.0")
    checkout(here, "acme")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(site))
        patch.chdir(here)
        assert main(["run", "acme", "--seed", "1"]) == 0
    return folder


def release(site, name, version, *requires):
    """Install a distribution without code in this version, instead of any other one."""
    for old in site.glob(f"{name}-*.dist-info"):
        shutil.rmtree(old)
    info = site / f"{name}-{version}.dist-info"
    info.mkdir()
    needs = "".join(f"Requires-Dist: {text}\n" for text in requires)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}"
    )
    (info / "RECORD").write_text("")


@pytest.fixture
def proved(proof, tmp_path, monkeypatch):
    """Return a copy of the site of a proved provider, whose checkout is the working directory."""
    shutil.copytree(proof, tmp_path, dirs_exist_ok=True)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.chdir(tmp_path / "checkout")
    return tmp_path / "site"


@pytest.mark.usefixtures("proved")
def test_unchanged_copy_is_proved(capsys):
    """Where nothing has changed, ``verify`` is green and names the copy."""
    assert main(["verify", "acme"]) == 0
    assert "acme: checked dist-provider_acme 1.0, installed" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["models.toml", "data/table.bin", "data/new.json"])
def test_changed_data_file_is_stale(proved, name, capsys):
    """The data files of a package belong to the proof as its modules do."""
    (proved / "provider_acme" / name).write_text("other")
    assert main(["verify", "acme"]) == 1
    assert "the code has changed since the run" in capsys.readouterr().out


def test_lost_data_file_is_stale(proved):
    """A data file that is gone is a change, too."""
    (proved / "provider_acme" / "models.toml").unlink()
    assert main(["verify", "acme"]) == 1


@pytest.mark.parametrize("name", ["__pycache__/x.cpython-311.pyc", ".DS_Store", "a.pyc"])
def test_what_programs_leave_behind_is_not_stale(proved, name):
    """Compiled and hidden files are no part of the proof."""
    file = proved / "provider_acme" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("other")
    assert main(["verify", "acme"]) == 0


@pytest.mark.parametrize(
    ("name", "requires"), [("httpx", ()), ("gadget", ("cog; extra == 'fast'",)), ("cog", ())]
)
def test_other_version_of_a_requirement_is_stale(proved, name, requires, capsys):
    """What the provider requires, directly or not, must be the version that ran."""
    release(proved, name, "99.0", *requires)
    assert main(["verify", "acme"]) == 1
    said = capsys.readouterr().out
    assert f"{name} is 99.0 now and was " in said
    assert said.count("run the checks again") == 1


def test_other_version_of_the_provider_is_stale(proved, capsys):
    """The version of the provider's own distribution belongs to the proof."""
    shutil.rmtree(proved / "dist_provider_acme-1.0.dist-info")
    install(proved, "acme", "1.1", requires=["gadget[fast]"])
    assert main(["verify", "acme"]) == 1
    assert "dist-provider-acme is 1.1 now and was 1.0 in the run" in capsys.readouterr().out


def test_version_of_another_extra_is_not_stale(proved):
    """What only an extra requires that the provider does not ask for is no part of the proof."""
    release(proved, "wheel_of_dev", "99.0")
    assert main(["verify", "acme"]) == 0


def test_what_a_harness_imports_is_stale(tmp_path, monkeypatch, capsys):
    """A provider that is not installed depends on the distributions that its file imports."""
    site = tmp_path / "site"
    (site / "client").mkdir(parents=True)
    (site / "client" / "__init__.py").write_text("def ask(): pass\n")
    release(site, "client", "1.0")
    (site / "client-1.0.dist-info" / "RECORD").write_text("client/__init__.py,,\n")
    monkeypatch.syspath_prepend(str(site))
    (tmp_path / "harness.py").write_text(
        "from client import ask\nfrom provider_conformance.zoo import HARNESS\n"
    )
    call = [str(tmp_path / "harness.py"), "--reports", str(tmp_path / "reports")]
    assert main(["run", *call, "--seed", "1"]) == 0
    assert main(["verify", *call]) == 0
    release(site, "client", "2.0")
    (site / "client-2.0.dist-info" / "RECORD").write_text("client/__init__.py,,\n")
    assert main(["verify", *call]) == 1
    assert "client is 2.0 now and was 1.0 in the run" in capsys.readouterr().out
