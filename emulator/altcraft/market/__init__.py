"""The market: checking, pricing and storing products, SKUs and orders."""
