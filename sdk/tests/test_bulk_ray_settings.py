"""How the engine for Ray uses it, without Ray."""

import pytest
from provider_sdk.bulk import BulkInputError
from provider_sdk.bulk.engines.ray_settings import (
    cluster_address,
    driver_environment,
    require_ray,
    scratch_parent,
)


def test_ray_that_is_not_installed_is_told_with_what_to_install():
    """Before anything else happens."""
    with pytest.raises(BulkInputError, match=r"not installed.*provider-contract-sdk\[ray\]"):
        require_ray(lambda name: None)


def test_ray_that_is_installed_is_not_imported():
    """It is only looked for."""
    asked = []
    require_ray(lambda name: asked.append(name) or "found")

    assert asked == ["ray"]


@pytest.mark.parametrize(
    ("given", "variable", "used"),
    [
        (None, None, None),
        (None, "", None),
        (None, "local", None),
        (None, "10.0.0.1:6379", "10.0.0.1:6379"),
        ("10.0.0.2:6379", "10.0.0.1:6379", "10.0.0.2:6379"),
        ("local", "10.0.0.1:6379", None),
        ("auto", None, "auto"),
    ],
)
def test_the_cluster_is_named_by_argument_then_by_variable(given, variable, used):
    """Without either one is started for the run."""
    assert cluster_address(given, {} if variable is None else {"RAY_ADDRESS": variable}) == used


@pytest.mark.parametrize("address", ["ray://10.0.0.1:10001", "http://127.0.0.1:8265"])
def test_an_address_with_a_scheme_is_refused(address):
    """It leads to Ray's client or dashboard."""
    with pytest.raises(BulkInputError, match="host and port of the head node"):
        cluster_address(None, {"RAY_ADDRESS": address})


def test_a_local_cluster_is_private_and_quiet():
    """It wants a token that only its processes know, listens on loopback and reports nothing."""
    environ = {"HF_TOKEN": "t", "RAY_ADDRESS": "auto", "RAY_AUTH_TOKEN_PATH": "/x"}
    result = driver_environment(environ, is_local=True, token="abc")

    assert result["RAY_AUTH_TOKEN"] == "abc"
    assert result["RAY_AUTH_MODE"] == "token"
    assert result["RAY_USAGE_STATS_ENABLED"] == "0"
    assert result["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] == "0"
    assert result["HF_TOKEN"] == "t"
    assert not {"RAY_ADDRESS", "RAY_AUTH_TOKEN_PATH"} & result.keys()


def test_a_cluster_that_exists_is_used_as_it_is():
    """Its token is the user's, and how it runs is not ours to say."""
    environ = {"RAY_AUTH_TOKEN_PATH": "/x"}
    result = driver_environment(environ, is_local=False, token="abc")

    assert result["RAY_AUTH_TOKEN_PATH"] == "/x"
    assert "abc" not in result.values()
    assert result["RAY_ENABLE_UV_RUN_RUNTIME_ENV"] == "0"
    assert "RAY_memory_monitor_refresh_ms" not in result


def test_a_long_temporary_folder_is_avoided():
    """The sockets of Ray would have names that the system refuses."""
    assert scratch_parent("/tmp") is None
    assert scratch_parent("/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T") == "/tmp"
