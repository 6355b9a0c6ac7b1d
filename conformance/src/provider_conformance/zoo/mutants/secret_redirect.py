"""Mutants that SECRET must kill: those who go wherever they are sent."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar
from urllib.parse import urlsplit

from provider_sdk import HttpExchange, HttpRequest

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.reference import Mutable


class Following(Mutable):
    """The ground of mutants that follow a redirect to wherever it leads.

    ``method`` is that of the requests for which they do, ``anonymous`` leaves the credential out.
    """

    method: ClassVar[str] = "GET"
    anonymous: ClassVar[bool] = False

    async def open(self, request: HttpRequest) -> HttpExchange:
        """Send a request, and another one to where it is redirected."""
        exchange = await super().open(request)
        location = exchange.headers.get("location")
        if location is None or request.method != self.method:
            return exchange
        await exchange.aclose()
        there = urlsplit(location)
        headers = dict(request.headers) | ({"authorization": ""} if self.anonymous else {})
        followed = replace(
            request,
            base_url=f"{there.scheme}://{there.netloc}",
            path=there.path,
            headers=headers,
        )
        return await super().open(followed)


@mutant("PC-SECRET-014", "a request to another host: not to hold the credential")
class FollowsCalls(Following):
    """Repeats a redirected call elsewhere, with all its headers."""

    method = "POST"


@mutant("PC-SECRET-015", "a request to another host: not to hold the credential")
class FollowsLists(Following):
    """Repeats a redirected reading request elsewhere, with all its headers."""


@mutant("PC-SECRET-016", "a request to another host: not to hold the credential")
class FollowsHealthChecks(Following):
    """Repeats a redirected health check elsewhere, with all its headers."""


@mutant("PC-SECRET-016", "health_check() of a service that redirects")
class TrustsAnotherHost(Following):
    """Takes the health of another host for that of its own."""

    anonymous = True


@mutant("PC-SECRET-017", "requests to another host: 0")
class FollowsAnonymously(Following):
    """Repeats a redirected conversation elsewhere, without the credential."""

    method = "POST"
    anonymous = True
