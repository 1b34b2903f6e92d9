"""The server: HTTP by uvicorn, the SMTP relay, and its certificate."""
