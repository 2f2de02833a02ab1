"""What the blog says."""

from django.db import models
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.utils import timezone

from django_routehandlers.cache import revalidate_tag


class Post(models.Model):
    slug = models.SlugField(max_length=100, unique=True)
    title = models.CharField(max_length=100)
    body = models.TextField()
    published_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-published_at", "-id")

    def __str__(self):
        return self.title


@receiver([post_save, post_delete], sender=Post)
def revalidate_post(instance, **kwargs):
    """End the cached answers that show a post, whoever has saved it."""
    revalidate_tag("posts", f"post:{instance.slug}")
