"""The market: what clients describe of products, SKUs and orders, how it is checked, priced and stored."""
