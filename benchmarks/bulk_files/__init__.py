"""What it costs to survey, read and write the files of a bulk run."""
