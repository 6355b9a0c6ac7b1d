"""Writes results in the order of the input: JSON Lines, OpenAI's batch form, CSV and Parquet."""

from provider_sdk.bulk.outputs.atomic import check_output
from provider_sdk.bulk.outputs.export import OutputFormat, export, result_line

__all__ = ["OutputFormat", "check_output", "export", "result_line"]
