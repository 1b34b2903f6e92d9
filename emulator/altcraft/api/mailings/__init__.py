"""Mailings, which the paths call campaigns.

https://guides.altcraft.com/en/developer-guide/campaigns
"""
