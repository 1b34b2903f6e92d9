"""One-time passwords: https://telcowwt.com/documentations/rest-api/2fa-api/."""
