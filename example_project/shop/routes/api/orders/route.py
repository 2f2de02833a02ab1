"""Order an item, as long as there is stock."""

from typing import Annotated

import msgspec
from django.db import transaction
from django.db.models import F
from django.urls import reverse

from django_routehandlers.cache import revalidate_tag
from django_routehandlers.http import HttpError, Response
from shop.models import Item, Order
from shop.routes._lib.bodies import read_body


class NewOrder(msgspec.Struct, forbid_unknown_fields=True):
    item: int
    quantity: Annotated[int, msgspec.Meta(ge=1, le=100)] = 1


@transaction.atomic
def POST(request):
    new = read_body(request, NewOrder)
    in_stock = Item.objects.filter(id=new.item, stock__gte=new.quantity)
    if not in_stock.update(stock=F("stock") - new.quantity):
        raise HttpError(409, f"There are no {new.quantity} of item {new.item}.")
    # The item's own path shows the stock; it ends when this is committed.
    revalidate_tag(f"item:{new.item}")
    order = Order.objects.create(item_id=new.item, quantity=new.quantity)
    location = reverse("/api/orders/[id=uuid]", kwargs={"id": order.id})
    return Response.json({"id": order.id}, status=201, headers={"Location": location})
