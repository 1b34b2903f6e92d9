"""Sending: jobs, messages, and what becomes of them."""
