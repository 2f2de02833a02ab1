"""
Score our response cache with the public suite http-tests/cache-tests.

`uv run python -m tests.http_cache_suite [--gate] [--list]`

The suite is a client: it tells an origin what to answer (`PUT /config/<uuid>`), asks
for it through the cache (`/test/<uuid>`) and reads what reached the origin
(`GET /state/<uuid>`). The origin is a Django project in a process of its own (`server`,
`urls`, `origin`), `adapter` is the one place that knows which cache stands before it.
"""
