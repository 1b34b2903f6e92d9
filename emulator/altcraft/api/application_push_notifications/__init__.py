"""Application push notifications: apps without the SDK subscribe, and report deliveries and openings.

https://guides.altcraft.com/en/developer-guide/application-push-notifications
"""
