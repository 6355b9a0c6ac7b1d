"""The forms in which a secret stands in texts."""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from urllib.parse import quote, quote_plus


# Every text of a check is searched for the same few.
@lru_cache(maxsize=64)
def forms_of(secret: str) -> tuple[str, ...]:
    """Return a secret as it stands in texts: plain, percent-encoded, in base64, in ``repr``.

    More than half of it counts too: what is cut to some length still gives most of it away. The
    longest form comes first, so that replacing one by one leaves nothing.
    """
    encoded = b64encode(secret.encode()).decode().rstrip("=")
    whole = {secret, quote(secret, safe=""), quote_plus(secret), encoded, repr(secret)[1:-1]}
    most = len(secret) // 2 + 1
    forms = whole | {secret[:most], secret[-most:]}
    return tuple(sorted(forms, key=lambda form: (-len(form), form)))
