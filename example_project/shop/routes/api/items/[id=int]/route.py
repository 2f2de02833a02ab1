"""One item; `?fields=name,price` picks what is told about it."""

from django.shortcuts import get_object_or_404

from django_routehandlers.http import HttpError
from shop.models import Item

name = "item-detail"
revalidate = 60
tags = ["item:{id}"]

FIELDS = ("id", "name", "price", "stock")


def GET(request, id):
    wanted = request.GET.get("fields", ",".join(FIELDS)).split(",")
    if not set(wanted) <= set(FIELDS):
        raise HttpError(400, f"An item has the fields {', '.join(FIELDS)}.")
    return get_object_or_404(Item.objects.values(*wanted), id=id)
