"""Distributions that are installed in a folder, and checkouts that declare them."""

from pathlib import Path

PROVIDER = """
from provider_conformance.zoo import ReferenceProvider


class Provider(ReferenceProvider):
    name = {name!r}
"""
HARNESS = """
from provider_conformance import Harness, OpenAIWire
from {package} import Provider

HARNESS = Harness(Provider, OpenAIWire())
"""
PROJECT = """
[project]
name = "{distribution}"

[project.entry-points."provider_sdk.providers"]
{name} = "{package}:Provider"
"""


def install(site, name, version="1.0", *, package="", requires=(), editable=None):
    """Install a distribution with this provider, in place if ``editable`` is its source."""
    package = package or f"provider_{name}"
    distribution = f"dist-{package}"
    code = (editable or site) / package
    code.mkdir(parents=True, exist_ok=True)
    (code / "__init__.py").write_text(PROVIDER.format(name=name))
    info = site / f"{distribution.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    needs = "".join(f"Requires-Dist: {text}\n" for text in requires)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n{needs}"
    )
    point = f"[provider_sdk.providers]\n{name} = {package}:Provider\n"
    (info / "entry_points.txt").write_text(point)
    record = [f"{info.name}/METADATA"]
    if editable:
        (site / f"{distribution}.pth").write_text(f"{editable}\n")
        record.append(f"{distribution}.pth")
    else:
        record.append(f"{package}/__init__.py")
    (info / "RECORD").write_text("".join(f"{file},,\n" for file in record))
    return code


def checkout(folder, name, harness=HARNESS, package=""):
    """Write a checkout whose only member declares the provider."""
    package = package or f"provider_{name}"
    (folder / "tests").mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(
        PROJECT.format(name=name, package=package, distribution=f"dist-{package}")
    )
    (folder / "tests" / "harness.py").write_text(harness.format(package=package))
    return folder


def run_data(folder: Path, name: str):
    """Return the text of a run's data."""
    return (folder / "reports" / "conformance" / f"{name}.run.json").read_text()
