"""``ollama-cli batch``: what the command adds to ``provider_sdk.bulk``.

It reads options, asks before it spends, shows progress, tells hooks, and shows reports.
"""
