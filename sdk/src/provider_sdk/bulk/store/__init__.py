"""What a run keeps on disk: its manifest, a lock, and for each shard a lease and a journal."""
