"""Campaigns.

https://docs.autosend.com/api-reference/campaigns
"""
