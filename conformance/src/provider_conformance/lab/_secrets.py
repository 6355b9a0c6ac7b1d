"""The forms in which a secret can appear in a text."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote, quote_plus

from provider_sdk.adapting import Redactor


# Every text of a check is searched for the same few.
@lru_cache(maxsize=64)
def secret_forms(secret: str) -> tuple[str, ...]:
    """Return the forms in which a secret can appear: plain, URL-encoded, in Base64, in ``repr``.

    Its first and last half count too, because a truncated secret still gives most of it away. The
    longest form comes first, so that replacing one after the other leaves no rest.
    """
    encoded = b64encode(secret.encode()).decode().rstrip("=")
    whole = {secret, quote(secret, safe=""), quote_plus(secret), encoded, repr(secret)[1:-1]}
    half = len(secret) // 2 + 1
    forms = whole | {secret[:half], secret[-half:]}
    return tuple(sorted(forms, key=lambda form: (-len(form), form)))


def without_secrets(secrets: Iterable[str], text: str) -> str:
    """Return a text without secrets in any form that the SDK knows.

    These are more than the forms above, such as another letter case or longer Base64; and the
    forms above do not depend on the SDK, whose redaction is itself being checked.
    """
    return _redactor(frozenset(secrets))(text)


@lru_cache(maxsize=64)
def _redactor(secrets: frozenset[str]) -> Redactor:
    return Redactor(secrets)
