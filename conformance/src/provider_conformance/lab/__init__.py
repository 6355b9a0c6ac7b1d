"""Where a check is tried: the lab that it is given, and what checks share."""
