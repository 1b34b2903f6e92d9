"""Loyalty programs: points, tiers, promo codes. Requests, orders and scenarios call it with their turn."""
