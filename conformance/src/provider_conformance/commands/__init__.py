"""The subcommands of ``provider-conformance``, one module per command."""
