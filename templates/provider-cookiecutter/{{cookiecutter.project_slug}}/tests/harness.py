"""The harness: tells the conformance kit which provider and wire to use."""

from pathlib import Path

{% set protocol = protocols[cookiecutter.protocol] %}
{% set stem = cookiecutter.class_name.removesuffix("Provider") %}
{% if cookiecutter.protocol == "custom" %}
{{ imports(
    (cookiecutter.package_name, [cookiecutter.class_name]), ("provider_conformance", ["Harness"])
) }}

from .wire import {{ stem }}Wire
{% else %}
{{ imports(
    (cookiecutter.package_name, [cookiecutter.class_name]),
    ("provider_conformance", ["Harness", protocol.wire]),
) }}
{% endif %}

HARNESS = Harness(
    {{ cookiecutter.class_name }},
    {{ protocol.wire or stem ~ "Wire" }}({{ protocol.wire_arguments }}),
    deviations=Path(__file__).parents[1] / "deviations.toml",
)
