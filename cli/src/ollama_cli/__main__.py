"""The entry point, as a console script and as ``python -m ollama_cli``."""

from ollama_cli import interrupts

interrupts.install()  # before the other imports, which take most of the start


def main() -> None:
    """Run the command and exit with its code."""
    from ollama_cli import streams
    from ollama_cli.app import cli

    streams.prepare()
    try:
        cli.main(prog_name="ollama-cli")
    except SystemExit as end:
        interrupts.exit_without_threads(end.code)
        raise


if __name__ == "__main__":
    main()
