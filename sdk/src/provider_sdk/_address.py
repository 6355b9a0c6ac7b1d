"""Addresses of services."""

from __future__ import annotations

from urllib.parse import urlsplit


def checked_base_url(url: str, where: str = "") -> str:
    """Return the URL without a trailing slash; an error says ``where`` it stands.

    Raises:
        ValueError: it is not an http or https URL with a host, or it holds more than that.
    """
    address = str(url).strip()
    if not _is_sound(address):
        # The value is not repeated: it may be a credential in the wrong place.
        raise ValueError(
            f"the base URL{where} must look like https://host/path, without user, password, query "
            "or spaces, and a port must be a number up to 65535"
        )
    return address.rstrip("/")


def _is_sound(address: str) -> bool:
    try:
        parts = urlsplit(address)
        _ = parts.port  # read only here, and refused only where it is read
    except ValueError:
        return False
    extra = parts.username or parts.password or parts.query or parts.fragment
    plain = address.isprintable() and " " not in address
    return parts.scheme in ("http", "https") and bool(parts.hostname) and plain and not extra
