"""Read folders as routes and find the route for a path, without Django."""
