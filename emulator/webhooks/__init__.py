"""Webhooks: requests by which providers tell their clients of events."""
