"""Addresses of services."""

from __future__ import annotations

from urllib.parse import urlsplit


def checked_base_url(url: str) -> str:
    """Return the URL without a trailing slash.

    Raises:
        ValueError: it is not an http or https URL with a host, or it holds more than that.
    """
    parts = urlsplit(url.strip())
    sound = parts.scheme in ("http", "https") and parts.hostname
    if not sound or parts.username or parts.password or parts.query or parts.fragment:
        # The value is not repeated: it may be a credential in the wrong place.
        raise ValueError(
            "the base URL must look like https://host/path, without user, password or query"
        )
    return url.strip().rstrip("/")
