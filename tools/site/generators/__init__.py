"""One module per kind of generated page: each has ``pages()``, and is found without a list."""
