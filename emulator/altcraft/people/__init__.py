"""The one store of people: how profiles and subscriptions are found, read, written, chosen and shown.

Every section of the API that is about people works through it. It knows sessions and turns, and no requests.
"""
