"""The entry point, as a console script and as ``python -m ollama_cli``."""

from ollama_cli.app import cli


def main() -> None:
    """Run the command and exit with its code."""
    cli.main(prog_name="ollama-cli")


if __name__ == "__main__":
    main()
