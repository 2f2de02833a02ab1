"""What the blog says."""

from django.db import models
from django.utils import timezone


class Post(models.Model):
    slug = models.SlugField(max_length=100, unique=True)
    title = models.CharField(max_length=100)
    body = models.TextField()
    published_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-published_at", "-id")

    def __str__(self):
        return self.title
