"""A section that uses what FastAPI documents, for test_fastapi.py."""
