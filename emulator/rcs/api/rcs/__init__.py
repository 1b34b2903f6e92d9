"""RCS API.

https://telcowwt.com/documentations/rest-api/rcs-api/
"""
