"""The harness: tells the conformance kit which provider and wire to use."""

from pathlib import Path

{% set stem = cookiecutter.class_name.removesuffix("Provider") %}
{% if cookiecutter.protocol == "custom" %}
{{ imports(
    (cookiecutter.package_name, [cookiecutter.class_name]), ("provider_conformance", ["Harness"])
) }}

from .wire import {{ stem }}Wire
{% else %}
{{ imports(
    (cookiecutter.package_name, [cookiecutter.class_name]),
    ("provider_conformance", ["Harness", "OpenAIWire"]),
) }}
{% endif %}

HARNESS = Harness(
    {{ cookiecutter.class_name }},
    {{ stem ~ "Wire" if cookiecutter.protocol == "custom" else "OpenAIWire" }}(),
    deviations=Path(__file__).parents[1] / "deviations.toml",
)
