"""What installed distributions declare, read in the quickest way that is certain."""

from __future__ import annotations

from provider_sdk._routing.declared import Damage, Declaration
from provider_sdk._routing.plain import read_plainly


def declared() -> tuple[list[Declaration], list[Damage]]:
    """Return what the installed distributions declare, and which of them cannot be read.

    Of several copies of one distribution only the first on the path counts, as for imports.
    """
    found = read_plainly()
    if found is not None:
        return found, []
    from provider_sdk._routing.metadata import read_carefully  # which takes much longer to import

    return read_carefully()
