"""Suppression Groups: the addresses that get no mail, or none of one kind.

https://docs.autosend.com/api-reference/suppression-groups
"""
