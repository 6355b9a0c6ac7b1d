"""What a run keeps on disk: its manifest, a lock, and for each shard a lease and a journal."""

from provider_sdk.bulk.store.directory import RunDirectory
from provider_sdk.bulk.store.journal import Journal
from provider_sdk.bulk.store.lease import Lease
from provider_sdk.bulk.store.lock import RunLock
from provider_sdk.bulk.store.manifest import InputFacts, Manifest
from provider_sdk.bulk.store.reader import JournalReader, ModelSums, SentTwice
from provider_sdk.bulk.store.totals import Totals

__all__ = [
    "InputFacts",
    "Journal",
    "JournalReader",
    "Lease",
    "Manifest",
    "ModelSums",
    "RunDirectory",
    "RunLock",
    "SentTwice",
    "Totals",
]
