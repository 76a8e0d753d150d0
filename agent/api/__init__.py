"""FastAPI application: auth, errors, streaming, routes."""
