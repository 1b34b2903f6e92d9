"""Webhooks: what providers tell their clients by themselves."""
