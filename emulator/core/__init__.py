"""What the providers share: time, storage, sending, sandboxes, the journal and the contract."""
