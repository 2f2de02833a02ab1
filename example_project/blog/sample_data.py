"""Fill the blog with what the demo shows."""

from datetime import UTC, datetime

from blog.models import Post

POSTS = {
    "first-flush": {
        "title": "First flush",
        "body": "The first leaves of the year are here.",
        "published_at": datetime(2025, 3, 20, 9, tzinfo=UTC),
    },
    "on-teapots": {
        "title": "On teapots",
        "body": "Why ours are short & stout.",
        "published_at": datetime(2025, 4, 18, 16, 30, tzinfo=UTC),
    },
}


def load():
    """Add what is missing, and leave alone what is there."""
    for slug, fields in POSTS.items():
        Post.objects.get_or_create(slug=slug, defaults=fields)
