"""A section that uses documented features of FastAPI, for test_fastapi.py."""
