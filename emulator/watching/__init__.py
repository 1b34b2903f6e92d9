"""Watching: the journal of requests, the feed of what happens, and the redaction of credentials."""
