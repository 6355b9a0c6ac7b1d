"""Mutants that OPTIONS must kill for what they make of a format."""

from __future__ import annotations

import json
from typing import Any

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.mutants.options import Optioning, without


@mutant("PC-OPTIONS-007", "the type of response_format in the request, whole: json_object")
class DropsResponseFormat(Optioning):
    """Does not ask for JSON."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        return without(options, "response_format")


@mutant("PC-OPTIONS-008", "the type of response_format in the request, whole: json_schema")
class DowngradesSchema(Optioning):
    """Asks for any JSON when a schema was given."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        if not options.get("response_format"):
            return options
        return options | {"response_format": {"type": "json_object"}}


@mutant("PC-OPTIONS-008", "the schema in the request")
class FlattensSchema(Optioning):
    """Sends a schema without its nested parts."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        form = options.get("response_format") or {}
        if "json_schema" not in form:
            return options
        flat = {"name": form["json_schema"]["name"], "schema": {"type": "object"}}
        return options | {"response_format": {"type": "json_schema", "json_schema": flat}}


@mutant("PC-OPTIONS-023", "response_format in the request")
class AlwaysAsksForJson(Optioning):
    """Takes every format for JSON."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        is_text = (options.get("response_format") or {}).get("type") == "text"
        return options | {"response_format": {"type": "json_object"}} if is_text else options


@mutant("PC-OPTIONS-024", "properties in the request")
class SortsSchema(Optioning):
    """Sends a schema with its keys in alphabetical order."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        wanted = options.get("response_format")
        anew = json.loads(json.dumps(wanted, sort_keys=True))
        return options | {"response_format": anew} if wanted else options


@mutant("PC-OPTIONS-008", "strict of the schema")
class TightensSchema(Optioning):
    """Makes every schema strict."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        wanted = options.get("response_format") or {}
        if wanted.get("type") != "json_schema":
            return options
        named = {**wanted["json_schema"], "strict": True}
        return options | {"response_format": {**wanted, "json_schema": named}}
