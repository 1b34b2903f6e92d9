"""What the SDK of mobile apps calls, at the host for pushes and pixels; its HTTP statuses are the real ones.

https://github.com/altcraft/android-sdk and https://github.com/altcraft/ios-sdk
"""
