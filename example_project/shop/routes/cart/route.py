"""A cart in a signed cookie: read it, add to it with a form, empty it."""

from django import forms

from django_routehandlers.http import HttpError, Response
from shop.models import Item

COOKIE = "cart"


class AddForm(forms.Form):
    item = forms.ModelChoiceField(Item.objects.all())


def GET(request):
    return list(Item.objects.filter(id__in=read_cart(request)).values("id", "name"))


def POST(request):
    form = AddForm(request.POST)
    if not form.is_valid():
        raise HttpError(422, "The form field 'item' takes the id of an item.")
    ids = read_cart(request) | {str(form.cleaned_data["item"].id)}
    response = Response.redirect("/cart")
    response.set_signed_cookie(COOKIE, ".".join(sorted(ids)), httponly=True)
    return response


def DELETE():
    response = Response(status=204)
    response.delete_cookie(COOKIE)
    return response


def read_cart(request):
    # A forged cookie counts as none.
    text = request.get_signed_cookie(COOKIE, default="")
    return set(filter(None, text.split(".")))
