"""Contact Lists: lists, which store contacts, and segments, which have the contacts that match a filter.

https://docs.autosend.com/api-reference/contact-lists
"""
