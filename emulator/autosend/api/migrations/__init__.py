"""Migrations from other providers.

https://docs.autosend.com/migration/resend, https://docs.autosend.com/migration/sendgrid
"""
