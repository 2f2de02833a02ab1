"""Take an event from Stripe: signed over the raw body, and recorded once."""

import time
from typing import Annotated
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from django_routehandlers.http import HttpError
from shop.models import Order, StripeEvent
from shop.routes._lib.bodies import read_body
from shop.routes._lib.signatures import is_signed

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]


class CheckoutSession(msgspec.Struct):
    client_reference_id: UUID | None = None


class Data(msgspec.Struct):
    object: CheckoutSession


class Event(msgspec.Struct):
    id: Text
    type: Text
    data: Data


def POST(request):
    header = request.headers.get("Stripe-Signature", "")
    secret = settings.STRIPE_WEBHOOK_SECRET
    if not is_signed(header, request.body, secret, time.time()):
        raise HttpError(403, "The Stripe-Signature does not fit the body.")
    return {"new": record(read_body(request, Event))}


@transaction.atomic
def record(event):
    """Act on an event, unless Stripe has sent it before; tell whether it is new."""
    _, is_new = StripeEvent.objects.get_or_create(
        id=event.id, defaults={"type": event.type}
    )
    if is_new and event.type == "checkout.session.completed":
        order_id = event.data.object.client_reference_id
        unpaid = Order.objects.filter(id=order_id, paid_at=None)
        unpaid.update(paid_at=timezone.now())
    return is_new
