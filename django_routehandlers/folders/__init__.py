"""Put the middleware of folders around the views of their routes."""
