"""OPTIONS: every option reaches the service as it was given, and no other does."""
