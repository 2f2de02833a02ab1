"""One post, cached until it is saved, for a minute at most."""

from django.shortcuts import aget_object_or_404

from blog.models import Post

revalidate = 60
tags = ["post:{slug}"]


def generate_static_params():
    """Return the params of every post, for `manage.py warmroutes`."""
    return list(Post.objects.values("slug"))


async def GET(slug):
    posts = Post.objects.values("slug", "title", "body", "published_at")
    return await aget_object_or_404(posts, slug=slug)
