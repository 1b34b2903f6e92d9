"""Watching: what came in, what happened, and what of it may be shown."""
