"""The operations of the mobile SDK, at the host for pushes and pixels. Refusals have an HTTP status.

https://github.com/altcraft/android-sdk and https://github.com/altcraft/ios-sdk
"""
