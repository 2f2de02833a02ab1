# Only a file named exactly route.py makes an endpoint.
