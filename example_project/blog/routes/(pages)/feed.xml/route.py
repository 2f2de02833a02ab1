"""The newest posts as RSS, cached like their list."""

from django.urls import reverse
from django.utils.feedgenerator import Rss201rev2Feed

from blog.models import Post
from django_routehandlers.http import Response

revalidate = 60
tags = ["posts"]


def GET(request):
    feed = Rss201rev2Feed(
        title="The example blog",
        link=request.build_absolute_uri("/"),
        description="News about tea.",
        # Without an argument it reads the query, and each query would be cached.
        feed_url=request.build_absolute_uri(request.path),
    )
    for post in Post.objects.all()[:20]:
        url = reverse("/api/posts/[slug]", kwargs={"slug": post.slug})
        feed.add_item(
            title=post.title,
            link=request.build_absolute_uri(url),
            description=post.body,
            pubdate=post.published_at,
        )
    text = feed.writeString("utf-8")
    return Response(text, headers={"Content-Type": feed.content_type})
