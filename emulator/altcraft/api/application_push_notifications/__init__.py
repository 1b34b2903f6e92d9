"""Application push notifications: apps without the SDK subscribe, and tell what became of pushes.

https://guides.altcraft.com/en/developer-guide/application-push-notifications
"""
