"""Nobody sees the end of an answer before the data that it is ended for."""

import threading

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client, TestCase, TransactionTestCase

from django_routehandlers.cache import (
    arevalidate_tag,
    revalidate_path,
    revalidate_tag,
)
from django_routehandlers.testing import RouteCacheMixin
from tests.cache.crowds import SECONDS, begun
from tests.cache.requests.routes import get_told

USERS = """
    from django.contrib.auth.models import User

    revalidate = 60
    tags = ["users"]

    def GET():
        return sorted(User.objects.values_list("username", flat=True))
"""

ENDS = {
    "tag": lambda: revalidate_tag("users"),
    "path": lambda: revalidate_path("/users"),
    "awaited": lambda: async_to_sync(arevalidate_tag)("users"),
}
each_end = pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)

IS_CROSSED = True

pytestmark = pytest.mark.usefixtures("route_cache")


@pytest.fixture
def ask(site, db):
    """Return a function that asks for all users, who are nobody at first."""
    site({"shop/routes/users/route.py": USERS})
    return ask_client


def ask_client():
    response = Client().get("/users")
    return response.json(), get_told(response).startswith("hit")


def create(name):
    User.objects.create(username=name)


@each_end
@pytest.mark.django_db(transaction=True)
def test_an_answer_is_ended_on_commit(ask, end):
    ask()

    with transaction.atomic():
        create("ann")
        end()
        before = ask()
    after = ask()

    assert (before, after) == (([], True), (["ann"], False))


def fail():
    raise KeyError


def create_before_a_failure(end):
    with transaction.atomic():
        create("ann")
        transaction.on_commit(fail)
        end()


@each_end
@pytest.mark.django_db(transaction=True)
def test_another_function_that_fails_on_commit_comes_after_it(ask, end):
    ask()

    with pytest.raises(KeyError):
        create_before_a_failure(end)

    assert ask() == (["ann"], False)


@pytest.mark.django_db(transaction=True)
def test_what_is_made_inside_a_transaction_is_not_stored(ask):
    with transaction.atomic():
        create("ann")
        response = Client().get("/users")

    assert get_told(response) == "fwd=uri-miss; detail=transaction"
    assert ask() == (["ann"], False)


def create_and_fail(end):
    with transaction.atomic():
        create("ann")
        end()
        raise KeyError


@each_end
@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_ends_nothing(ask, end):
    ask()

    with pytest.raises(KeyError):
        create_and_fail(end)

    assert ask() == ([], True)


@pytest.mark.django_db(transaction=True)
def test_a_savepoint_that_is_rolled_back_ends_nothing(ask):
    ask()

    with transaction.atomic():
        with pytest.raises(KeyError):
            create_and_fail(ENDS["tag"])
        create("bob")

    # Nobody has said that the answer is another one now.
    assert ask() == ([], True)


@pytest.mark.django_db(transaction=True)
def test_a_savepoint_that_is_kept_ends_it_on_commit(ask):
    ask()

    with transaction.atomic():
        with transaction.atomic():
            create("ann")
            revalidate_tag("users")
        before = ask()

    assert (before, ask()) == (([], True), (["ann"], False))


@pytest.mark.django_db(transaction=True)
def test_a_signal_after_a_save_may_end_it(ask):
    from django.db.models.signals import post_save

    def end(**kwargs):
        revalidate_tag("users")

    post_save.connect(end, sender=User)
    try:
        ask()
        with transaction.atomic():
            create("ann")
            create("bob")
            before = ask()
        after = ask()
    finally:
        post_save.disconnect(end, sender=User)

    assert (before, after) == (([], True), (["ann", "bob"], False))


def test_the_transaction_of_another_thread_is_none_of_ours(ask):
    ask()
    open_, leave = threading.Event(), threading.Event()

    def hold():
        # Not the database of the test: that one is this thread's alone.
        connection.in_atomic_block = True
        open_.set()
        leave.wait(SECONDS)
        connection.in_atomic_block = False

    with begun(hold):
        assert open_.wait(SECONDS)
        revalidate_tag("users")
        leave.set()

    assert ask() == ([], False)


class InATestCase(RouteCacheMixin, TestCase):
    """The transaction around a test does not count, for it never commits."""

    @pytest.fixture(autouse=True)
    def _site(self, site):
        site({"shop/routes/users/route.py": USERS})

    def test_in_the_test_itself_an_answer_is_ended_at_once(self):
        ask_client()

        create("ann")
        revalidate_tag("users")

        assert ask_client() == (["ann"], False)

    def test_in_a_transaction_of_the_project_it_waits_for_the_callbacks(self):
        ask_client()

        with self.captureOnCommitCallbacks(execute=True) as callbacks:
            with transaction.atomic():
                create("ann")
                revalidate_tag("users")
            before = ask_client()

        assert (before, len(callbacks)) == (([], True), 1)
        assert ask_client() == (["ann"], False)

    def test_without_the_callbacks_it_is_never_ended(self):
        ask_client()

        with transaction.atomic():
            create("ann")
            revalidate_tag("users")

        assert ask_client() == ([], True)

    def test_each_test_begins_with_an_empty_cache(self):
        assert ask_client() == ([], False)


class InATransactionTestCase(RouteCacheMixin, TransactionTestCase):
    """Without a transaction around it a test commits, as the project does."""

    @pytest.fixture(autouse=True)
    def _site(self, site):
        site({"shop/routes/users/route.py": USERS})

    def test_an_answer_is_ended_on_commit(self):
        ask_client()

        with transaction.atomic():
            create("ann")
            revalidate_tag("users")
            before = ask_client()

        assert (before, ask_client()) == (([], True), (["ann"], False))
