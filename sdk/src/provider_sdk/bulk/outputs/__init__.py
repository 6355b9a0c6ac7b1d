"""Writes results in the order of the input: JSON Lines, OpenAI's batch form, CSV and Parquet."""

from provider_sdk.bulk.outputs.export import (
    OutputFormat,
    check_output,
    export,
    output_format,
    result_line,
)

__all__ = ["OutputFormat", "check_output", "export", "output_format", "result_line"]
