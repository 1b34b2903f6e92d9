"""Suppression Groups: who gets no mail, and of what kind.

https://docs.autosend.com/api-reference/suppression-groups
"""
