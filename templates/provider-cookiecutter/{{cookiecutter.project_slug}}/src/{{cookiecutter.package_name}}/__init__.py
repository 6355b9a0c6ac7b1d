"""A provider for the language models of {{ cookiecutter.provider_name }}."""

{% set package = cookiecutter.package_name %}
{% set stem = cookiecutter.class_name.removesuffix("Provider") %}
{% if cookiecutter.protocol == "custom" %}
{{ imports(
    (package ~ "._dialect", [stem ~ "Dialect"]),
    (package ~ "._provider", [stem ~ "CompatibleProvider", cookiecutter.class_name]),
    (package ~ "._version", ["__version__"]),
) }}
{% else %}
{{ imports(
    (package ~ "._provider", [cookiecutter.class_name]),
    (package ~ "._version", ["__version__"]),
) }}
{% endif %}

__all__ = [
{% if cookiecutter.protocol == "custom" %}
{% for name in [stem ~ "CompatibleProvider", stem ~ "Dialect", cookiecutter.class_name] | sort %}
    "{{ name }}",
{% endfor %}
{% else %}
    "{{ cookiecutter.class_name }}",
{% endif %}
    "__version__",
]
