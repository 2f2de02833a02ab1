"""Serve the `routes/` folder of an installed Django app as its HTTP API."""
