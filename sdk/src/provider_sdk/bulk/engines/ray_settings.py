"""How Ray is used: which cluster, with what environment, in what folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib.util import find_spec

from provider_sdk.bulk.errors import BulkInputError

_LONGEST_PARENT = 20
"""Bytes; Ray puts sockets deep into its folder, and their names may have about 100."""


def require_ray(find: Callable[[str], object] = find_spec) -> None:
    """Check that Ray is installed, without importing it.

    Args:
        find: returns ``None`` for a module that is not installed.

    Raises:
        BulkInputError: it is not.
    """
    if find("ray") is None:
        raise BulkInputError(
            "the engine `ray` needs Ray, which is not installed for this Python",
            hint="Install provider-contract-sdk[ray]; Ray has builds for some versions of Python"
            " only.",
        )


def cluster_address(given: str | None, environ: Mapping[str, str]) -> str | None:
    """Return the address of the cluster to use, ``None`` if one is to be started.

    Raises:
        BulkInputError: it leads to something else, such as the dashboard.
    """
    address = given or environ.get("RAY_ADDRESS") or None
    if address is not None and "://" in address:
        raise BulkInputError(
            f"the engine `ray` cannot use an address with a scheme: {address}",
            hint="Give host and port of the head node, such as 10.0.0.1:6379, on a machine of the"
            " cluster.",
        )
    return None if address == "local" else address


def driver_environment(environ: Mapping[str, str], *, is_local: bool, token: str) -> dict[str, str]:
    """Return the environment of the process that speaks with Ray.

    Args:
        environ: that of this process; the actors of a local cluster inherit it.
        is_local: whether the cluster is started for this run; only then Ray is told how to run.
        token: what every process of the local cluster must know; else ``~/.ray`` would get one.
    """
    result = {name: value for name, value in environ.items() if name != "RAY_ADDRESS"}
    result |= {
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",  # it would upload the working directory
        "RAY_IGNORE_UNHANDLED_ERRORS": "1",
    }
    if is_local:
        result.pop("RAY_AUTH_TOKEN_PATH", None)
        result |= {
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": token,
            "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # listens on the loopback interface only
            "RAY_enable_metrics_collection": "0",
            "RAY_memory_monitor_refresh_ms": "0",  # it would kill workers when others need memory
        }
    return result


def scratch_parent(temporary: str) -> str | None:
    """Return where a folder with a short name can be made; ``None`` for the usual place."""
    return "/tmp" if len(os.fsencode(temporary)) > _LONGEST_PARENT else None
