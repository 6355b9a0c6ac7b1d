"""In which header the credential travels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from provider_sdk import Credential

AuthStyle = Literal["x-api-key", "bearer"]
"""``x-api-key`` for keys of the API, ``bearer`` for tokens of gateways and of OAuth."""

_STYLES: tuple[str, ...] = get_args(AuthStyle)


def checked_style(style: AuthStyle | None) -> AuthStyle | None:
    """Return the argument ``auth_style``.

    Raises:
        ValueError: it is not a style.
    """
    if style is None or style in _STYLES:
        return style
    raise ValueError(f"auth_style must be {' or '.join(map(repr, _STYLES))}")


def style_of(credential: Credential | None, token_variables: tuple[str, ...]) -> AuthStyle:
    """Return the style of a credential: those from variables for tokens are bearer tokens."""
    source = credential.source if credential else ""
    is_token = any(source.endswith(f" {variable}") for variable in token_variables)
    return "bearer" if is_token else "x-api-key"


def headers_of(credential: str, style: AuthStyle) -> Mapping[str, str]:
    """Return the header that carries a credential."""
    if style == "bearer":
        return {"authorization": f"Bearer {credential}"}
    return {"x-api-key": credential}
