"""Inbound Emails.

https://docs.autosend.com/api-reference/inbound-emails
"""
