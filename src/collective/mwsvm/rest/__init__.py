"""The MWS REST API over HTTP (guide 3): from a request to an operation, and back."""
