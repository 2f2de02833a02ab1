"""
The listings of the example project are those that were reviewed.

After a change to its routes, run `manage.py routes --format json`, look at what git
says of the file, and keep it; so for `table` and `tree`.
"""

import json
from pathlib import Path

import pytest

from tests.example_project.serving import MANAGE, get_environment, run

LISTINGS = Path(__file__).parent / "listings"


@pytest.mark.parametrize("kind", ["table", "tree", "json"])
def test_listing_is_the_reviewed_one(tmp_path, kind):
    environment = get_environment(tmp_path) | {"COLUMNS": "20"}

    done = run([*MANAGE, "routes", "--format", kind], environment)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (LISTINGS / f"routes.{kind}").read_text("utf-8")


def test_nothing_has_changed_since_the_review(tmp_path):
    saved = str(LISTINGS / "routes.json")

    done = run([*MANAGE, "routes", "--diff", saved], get_environment(tmp_path))

    assert (done.returncode, done.stdout, done.stderr) == (0, "No changes.\n", "")


def test_why_names_the_file_and_the_params(tmp_path):
    asked = ["--why", "GET", "/api/posts/hello?utm=x", "--format", "json"]

    done = run([*MANAGE, "routes", *asked], get_environment(tmp_path))

    answer = json.loads(done.stdout)
    assert (answer["file"], answer["params"], answer["cache"]["state"]) == (
        "blog/routes/api/posts/[slug]/route.py",
        {"slug": "'hello'"},
        "unknown",
    )
