"""An async handler that says what it was told."""

from django_routehandlers.http import Response


async def POST(request):
    return Response.json({"echoed": request.json()}, status=201)
