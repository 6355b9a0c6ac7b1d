{% set stem = cookiecutter.class_name.removesuffix("Provider") %}
{% set protocol = protocols[cookiecutter.protocol] %}
{% set capabilities = cookiecutter.capabilities | capabilities %}
{% if cookiecutter.protocol == "custom" %}
"""The provider: what holds for this service, and what for all that speak its protocol."""

from __future__ import annotations

from typing import ClassVar

from provider_sdk import Capability, Dialect, HttpProvider

{{ imports((cookiecutter.package_name ~ "._dialect", [stem ~ "Dialect"])) }}


class {{ stem }}CompatibleProvider(HttpProvider):
    """A service that speaks the protocol of {{ cookiecutter.provider_name }}."""

    dialect: ClassVar[Dialect] = {{ stem }}Dialect()
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
{%- else %}
"""The provider: what holds for this service only, not for all that speak its protocol."""

from {{ protocol.module }} import {{ protocol.base }}


class {{ cookiecutter.class_name }}({{ protocol.base }}):
{% include "service.py.txt" %}
    capabilities = frozenset(
{%- endif %}
{% if capabilities %}

        {
{% for word in capabilities %}
            "{{ word }}",
{% endfor %}
        }
    )
{% else %}
)
{% endif %}
{% if cookiecutter.protocol == "custom" %}


class {{ cookiecutter.class_name }}({{ stem }}CompatibleProvider):
{% include "service.py.txt" %}
{% endif %}
