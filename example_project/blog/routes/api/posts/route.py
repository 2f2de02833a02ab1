"""The blog's posts from the ORM: a cached async handler beside a sync one."""

from django import forms
from django.urls import reverse

from blog.models import Post
from django_routehandlers.http import Response

revalidate = 60
tags = ["posts"]


class PostForm(forms.ModelForm):
    class Meta:
        model = Post
        fields = ("slug", "title", "body")


async def GET():
    posts = Post.objects.values("slug", "title", "published_at")
    return [post async for post in posts]


def POST(request):
    form = PostForm(request.POST)
    if not form.is_valid():
        return Response.json({"errors": form.errors.get_json_data()}, status=422)
    post = form.save()
    location = reverse("/api/posts/[slug]", kwargs={"slug": post.slug})
    return Response.json(
        {"slug": post.slug}, status=201, headers={"Location": location}
    )
