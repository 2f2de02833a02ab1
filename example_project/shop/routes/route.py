"""The start page, rendered as in any Django view."""

from django.shortcuts import render


def GET(request):
    return render(request, "shop/index.html")
