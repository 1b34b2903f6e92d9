"""How a request reaches an operation: the providers' FastAPI applications and what surrounds them."""
