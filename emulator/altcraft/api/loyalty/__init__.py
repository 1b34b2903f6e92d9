"""Loyalty programs: their members, and the points of these.

https://guides.altcraft.com/en/developer-guide/loyalty
"""
