"""Market: orders, and the products and SKUs that are ordered.

https://guides.altcraft.com/en/developer-guide/market
"""
