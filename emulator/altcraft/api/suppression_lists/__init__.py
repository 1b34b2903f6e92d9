"""Suppression lists: addresses and domains that nothing is sent to.

https://guides.altcraft.com/en/developer-guide/suppression-lists
"""
