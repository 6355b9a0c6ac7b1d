"""The lab that every check is given, and helpers that checks share."""
