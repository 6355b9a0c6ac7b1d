"""The provider under a strict type checker; checked, never run."""

from typing import assert_type

{{ imports(
    (cookiecutter.package_name, [cookiecutter.class_name]),
    ("provider_sdk", ["ChatResponse", "ChatStream", "Health"]),
) }}


async def answers() -> None:
    """The class keeps the types of the contract."""
    async with {{ cookiecutter.class_name }}() as provider:
        assert_type(provider, {{ cookiecutter.class_name }})
        assert_type(await provider.chat([{"role": "user", "content": "Why?"}]), ChatResponse)
        assert_type(await provider.chat([], stream=True), ChatStream)
    assert_type(await {{ cookiecutter.class_name }}.probe(timeout=5), Health)
