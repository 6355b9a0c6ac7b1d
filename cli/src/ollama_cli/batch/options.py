"""The options of a bulk run."""

from __future__ import annotations

import click

from ollama_cli.batch import values
from ollama_cli.command_line import options as common

ENGINES = ("local", "ray", "dask")
APIS = ("online", "batch")
FORMS = ("jsonl", "openai", "csv", "parquet")

out = click.option(
    "--out",
    metavar="FILE",
    help="Where the answers go, in the order of the input; '-' writes each row to standard "
    "output as soon as it is finished.",
)
form = click.option(
    "--out-form",
    "out_form",
    type=click.Choice(FORMS),
    help="How the answers are written: JSON Lines, the form of OpenAI's batch results, CSV, or "
    "Parquet, which needs pyarrow. Default: that of the name, else jsonl.",
)
template = click.option(
    "--template",
    metavar="TEXT",
    help="The prompt of each row, with the names of columns in braces: 'Translate: {text}'.",
)
prompt_column = click.option(
    "--prompt-column",
    metavar="NAME",
    help="The column that holds the prompt. Default: prompt, or messages.",
)
id_column = click.option(
    "--id-column",
    metavar="NAME",
    help="The column that tells rows apart. Default: id, else the number of the row.",
)
schema = click.option(
    "--schema",
    metavar="FILE",
    help="A JSON schema that every answer follows; short for -o response_format=JSON.",
)
concurrency = click.option(
    "--concurrency",
    metavar="N|auto",
    callback=values.read_by(values.concurrency),
    help="How many rows are asked at once; 'auto' finds out what the service takes. Default: auto.",
)
rpm = click.option(
    "--rpm", metavar="N", type=click.IntRange(min=1), help="The most requests a minute."
)
tpm = click.option(
    "--tpm", metavar="N", type=click.IntRange(min=1), help="The most tokens a minute."
)
max_cost = click.option(
    "--max-cost",
    metavar="USD",
    callback=values.read_by(values.dollars),
    help="Stop when the run has cost so much; what is in flight then is still paid.",
)
max_tokens_total = click.option(
    "--max-tokens-total",
    metavar="N",
    type=click.IntRange(min=1),
    help="Stop when the run has used so many tokens.",
)
max_errors = click.option(
    "--max-errors",
    metavar="N|P%",
    callback=values.read_by(values.errors),
    help="Stop when more rows than this have failed, or a larger share of those finished, or of "
    "100 while fewer have.",
)
on_unknown = click.option(
    "--on-unknown",
    type=click.Choice(("retry", "skip", "ask")),
    help="What becomes of rows that were in flight when an earlier process was killed: sent again, "
    "left without an answer, or a question at the terminal. Default: retry.",
)
directory = click.option(
    "--run",
    "directory",
    metavar="DIR",
    help="Where the run is kept until you delete it. Default: the name of the output and '.run'.",
)
processes = click.option(
    "--processes",
    metavar="N",
    type=click.IntRange(min=1, max=1024),
    help="In how many processes rows are asked; with --engine ray, by so many workers. Default: 1.",
)
engine = click.option(
    "--engine",
    type=click.Choice(ENGINES),
    help="Where rows are asked: on this machine, or on a Ray cluster. Default: local.",
)
api = click.option(
    "--api",
    type=click.Choice(APIS),
    default="online",
    help="How rows are asked: one request each, at once.",
)
limit = click.option(
    "--limit", metavar="N", type=click.IntRange(min=1), help="Ask the first N rows only."
)
dry_run = click.option(
    "--dry-run",
    is_flag=True,
    help="Show what would be asked, what it may cost, and the first request; send nothing.",
)
yes = click.option("--yes", is_flag=True, help="Do not ask before many rows are sent.")

HOW = (concurrency, rpm, tpm, max_cost, max_tokens_total, max_errors, on_unknown)
"""How fast and how far a run goes; another value each time is no other run."""

WHERE = (processes, engine)
"""Who does the work."""

SENT = (common.no_hooks, common.insecure_http, yes, common.output_format, common.verbose)
"""What whatever sends requests takes."""

ASKING = (
    out,
    form,
    common.provider,
    common.task,
    common.model,
    common.system,
    template,
    prompt_column,
    id_column,
    schema,
    common.effort,
    common.chat_options,
    *HOW,
    directory,
    *WHERE,
    api,
    limit,
    dry_run,
    *SENT,
)
"""The options of a new run, or of one that is asked for with the same command."""

AGAIN = (common.chat_options, *HOW, *WHERE, *SENT)
"""The options of a run that goes on; what it asks stands in its folder."""
