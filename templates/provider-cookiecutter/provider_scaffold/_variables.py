"""Environment variables that already have a meaning and so cannot hold a credential."""

from __future__ import annotations

import re

_CONTRACT = """
    HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_TOKEN_PATH HF_HOME HF_BASE_URL HF_ENDPOINT HF_BILL_TO
    OPENAI_API_KEY OPENAI_BASE_URL ANTHROPIC_API_KEY ANTHROPIC_AUTH_TOKEN ANTHROPIC_BASE_URL
    GOOGLE_API_KEY GEMINI_API_KEY GEMINI_BASE_URL OLLAMA_HOST OLLAMA_API_KEY OLLAMA_CLI_.*
    PROVIDER_SCAFFOLD_.*
"""
_SYSTEM = """
    _ CI COLUMNS DISPLAY EDITOR HOME HOSTNAME IFS LANG LANGUAGE LC_.* LD_.* DYLD_.* LINES LOGNAME
    MAIL OLDPWD PAGER PATH PS1 PWD SHELL SHLVL TEMP TERM TMP TMPDIR TZ USER USERNAME XDG_.*
    APPDATA LOCALAPPDATA COMSPEC PATHEXT SYSTEMROOT USERPROFILE WINDIR
"""
_CLIENTS = ".*_PROXY SSL_.* SSLKEYLOGFILE REQUESTS_CA_BUNDLE CURL_CA_BUNDLE NETRC"
_TOOLS = """
    PYTHON.* PYTEST_.* PIP_.* TOX_.* UV_.* RUFF_.* MYPY.* HATCH_.* VIRTUAL_ENV COOKIECUTTER_.*
    COLORTERM FORCE_COLOR NO_COLOR SOURCE_DATE_EPOCH
"""
_OWNERS = {
    "the contract's own providers and tools": _CONTRACT,
    "the system": _SYSTEM,
    "HTTP clients": _CLIENTS,
    "Python and its tools": _TOOLS,
}


def variable_owner(name: str) -> str | None:
    """Return who already reads a variable, whatever its case, or ``None``."""
    matches = (
        owner
        for owner, patterns in _OWNERS.items()
        if re.fullmatch("|".join(patterns.split()), name, re.IGNORECASE)
    )
    return next(matches, None)
