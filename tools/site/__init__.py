"""The site: writes its generated pages, and builds it. ``python -m tools.site``."""
