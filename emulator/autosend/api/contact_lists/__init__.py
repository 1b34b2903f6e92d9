"""Contact Lists: lists, which hold contacts, and segments, which have the contacts that fit a filter.

https://docs.autosend.com/api-reference/contact-lists
"""
