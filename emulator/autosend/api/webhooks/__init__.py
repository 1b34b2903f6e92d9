"""Webhooks.

https://docs.autosend.com/api-reference/webhooks
"""
