{% set stem = cookiecutter.class_name.removesuffix("Provider") %}
{% set capabilities = cookiecutter.capabilities | words %}
{% if cookiecutter.protocol == "custom" %}
"""The provider: what is true of this service, and what of all that speak its protocol."""

from __future__ import annotations

from typing import ClassVar

from provider_sdk import Capability, Dialect, HttpProvider

{{ imports((cookiecutter.package_name ~ "._dialect", [stem ~ "Dialect"])) }}


class {{ stem }}CompatibleProvider(HttpProvider):
    """Whatever speaks the protocol of {{ cookiecutter.provider_name }}."""

    dialect: ClassVar[Dialect] = {{ stem }}Dialect()
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
{%- else %}
"""The provider: what is true of this service, and of no other that speaks OpenAI's protocol."""

from provider_sdk import OpenAICompatibleProvider


class {{ cookiecutter.class_name }}(OpenAICompatibleProvider):
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
