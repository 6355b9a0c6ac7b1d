"""What ``doctor`` found, as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ollama_cli.doctor.transports import line_of
from ollama_cli.terminal.tables import table

_PROVIDERS = ("PROVIDER", "CREDENTIAL", "HEALTH", "ADDRESS")


def text(report: Mapping[str, Any], *, verbose: bool) -> str:
    """Return the report: what is wrong comes first.

    Args:
        report: as JSON, without escapes.
        verbose: whether to add what seldom matters.
    """
    return "\n".join(_blocks(report, verbose=verbose))


def _blocks(report: Mapping[str, Any], *, verbose: bool) -> Iterator[str]:
    yield _findings(report)
    yield table([_PROVIDERS, *map(_provider, report["providers"])])
    yield _facts(_main(report))
    if verbose:
        yield _facts(_more(report))


def _findings(report: Mapping[str, Any]) -> str:
    verdict = "All that is needed works." if report["ok"] else "Something that is needed is wrong."
    lines = [
        f"{'wrong' if each['needed'] else 'note '}  {each['about']}: {each['message']}"
        for each in report["findings"]
    ]
    return "".join(f"{line}\n" for line in (verdict, *lines))


def _provider(found: Mapping[str, Any]) -> tuple[str, ...]:
    return found["name"], _credential(found), _health(found), found["address"] or "-"


def _credential(found: Mapping[str, Any]) -> str:
    if found["credential"] == "set":
        return str(found["credential_source"])
    variables = " or ".join(found["api_key_env"])
    if found["credential"] == "missing" and variables:
        return f"missing: {variables}"
    return found["credential"] or "not known"


def _health(found: Mapping[str, Any]) -> str:
    health = found["health"]
    if health is None:
        return "not used" if found["problem"] else "not asked"
    return f"ok ({health['latency_s']:.2f} s)" if health["ok"] else f"not ok: {health['reason']}"


def _facts(rows: Iterable[tuple[str, str]]) -> str:
    return "".join(f"{name:<14}{value}\n" for name, value in rows)


def _main(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    versions = report["versions"]
    yield "ollama-cli", f"{versions['ollama_cli']}, SDK {versions['provider_sdk']}"
    yield "Python", f"{versions['python']} on {versions['platform']}"
    yield "transport", line_of(versions["transport"])
    yield "clock", _clock(report["clock"])
    yield "project", _project(report["project"])
    for folder in report["folders"]:
        yield f"{folder['what']}", _folder(folder)
    yield "sessions", report["sessions"]
    yield "terminal", _terminal(report["terminal"])
    yield "hooks", _hooks(report["hooks"])
    yield "status lines", ", ".join(report["status_lines"]) or "none"
    yield "commands", ", ".join(each["name"] for each in report["commands"]) or "only built-in ones"


def _more(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "executable", report["versions"]["executable"]
    yield "packages", ", ".join(report["versions"]["providers"])
    libraries = report["versions"]["libraries"].items()
    yield "libraries", ", ".join(f"{name} {found or 'not installed'}" for name, found in libraries)
    yield "variables", ", ".join(report["variables"]) or "none"
    for file in report["files"]:
        yield "file", f"{file['path']}, {file['bytes']} bytes, mode {file['mode']}"


def _clock(clock: Mapping[str, Any]) -> str:
    if clock["skew_s"] is None:
        return "not known: no service told the time"
    return f"{clock['skew_s']:+.1f} s from that of {clock['services']} replies"


def _project(project: Mapping[str, Any]) -> str:
    if project["path"] is None:
        return "none"
    return f"{project['path']}, {'trusted' if project['trusted'] else 'not in use'}"


def _folder(folder: Mapping[str, Any]) -> str:
    state = f"mode {folder['mode']}" if folder["exists"] else "not made yet"
    return f"{folder['path']}, {state}, {folder['free_bytes'] >> 20} MiB free"


def _terminal(found: Mapping[str, Any]) -> str:
    streams = [name for name in ("stdin", "stdout", "stderr") if found[name]]
    colors = "colors" if found["colors"] else "no colors"
    return (
        f"{' '.join(streams) or 'none'}, TERM {found['term'] or 'not set'}, {found['columns']} "
        f"columns, {colors}, {found['encoding']}, locale {found['locale'] or 'not set'}"
    )


def _hooks(hooks: Mapping[str, Any]) -> str:
    return f"{hooks['count']}" + (f", off because {hooks['off']}" if hooks["off"] else "")
