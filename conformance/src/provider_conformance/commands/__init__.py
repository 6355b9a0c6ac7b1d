"""The subcommands of ``provider-conformance``, one module each."""
