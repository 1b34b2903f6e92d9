"""Automations.

https://docs.autosend.com/api-reference/automations
"""
