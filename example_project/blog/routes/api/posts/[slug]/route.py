"""One post."""

from django.shortcuts import aget_object_or_404

from blog.models import Post


async def GET(slug):
    posts = Post.objects.values("slug", "title", "body", "published_at")
    return await aget_object_or_404(posts, slug=slug)
