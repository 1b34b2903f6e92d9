"""Contact Lists: lists, which hold contacts, and segments, which have whoever fits their filter.

https://docs.autosend.com/api-reference/contact-lists
"""
