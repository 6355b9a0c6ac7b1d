"""A provider over HTTP: sessions, connections and the source of a stream's events."""

from provider_sdk._http.provider import HttpProvider

__all__ = ["HttpProvider"]
