"""Prepare the example, say what there is to try, and serve it."""

import json
import shlex
import socket
import sys
import time

from django.conf import settings
from django.core.management import call_command, execute_from_command_line
from django.core.management.base import BaseCommand, CommandError
from django.core.management.commands.runserver import naiveip_re

import blog.sample_data
import shop.sample_data
from shop.routes._lib.signatures import TOLERANCE, sign

JSON = ("-H", "Content-Type: application/json")
EVENT = {
    "id": "evt_demo",
    "type": "checkout.session.completed",
    "data": {"object": {"client_reference_id": str(shop.sample_data.ORDER_ID)}},
}


class Command(BaseCommand):
    help = "Migrate, load sample data, print the routes and what to try, and serve."
    # runserver has its own, which leave the good routes served beside a broken one.
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("addrport", nargs="?", default="127.0.0.1:8000")
        parser.add_argument("--noreload", action="store_true", help="As in runserver.")
        parser.add_argument("--no-serve", action="store_true", help="Only prepare.")

    def handle(self, *, addrport, noreload, no_serve, **options):
        host, port = parse_address(addrport)
        if not no_serve:
            check_is_free(host, port)
        call_command("migrate", verbosity=0)
        shop.sample_data.load()
        blog.sample_data.load()
        colour = {name: options[name] for name in ("no_color", "force_color")}
        call_command("routes", stdout=self.stdout, stderr=self.stderr, **colour)
        self.write_lines_to_try(f"http://{get_visible_host(host)}:{port}")
        if not no_serve:
            serve(addrport, noreload)

    def write_lines_to_try(self, site):
        self.stdout.write(self.style.MIGRATE_HEADING(f"\nOpen {site}/, or try:\n"))
        for arguments in get_lines_to_try(site):
            self.stdout.write(f"  {shlex.join(('curl', *arguments))}")
        self.stdout.write(
            f"\nThe webhook's signature holds for {TOLERANCE // 60} minutes; "
            "'manage.py demo --no-serve' prints a new one.\n"
        )
        self.stdout.flush()


def parse_address(addrport):
    """Return the host and the port of what `runserver` takes, too."""
    found = naiveip_re.fullmatch(addrport)
    if not found or not 0 < int(found["port"]) < 65536:
        raise CommandError(
            f"'{addrport}' is not a port or address:port. Write 8000 or 127.0.0.1:8000."
        )
    return found["addr"] or "127.0.0.1", int(found["port"])


def check_is_free(host, port):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), port))
        except OSError as exc:
            raise CommandError(
                f"{host}:{port} can't be served: {exc.strerror}. "
                "Name another port, as in 'manage.py demo 8123'."
            ) from None


def get_visible_host(host):
    """Return the host under which a client on this machine finds a server."""
    return "127.0.0.1" if host in ("0", "0.0.0.0") else host


def get_lines_to_try(site):
    """Return the arguments of each curl line."""
    body = json.dumps(EVENT)
    secret = settings.STRIPE_WEBHOOK_SECRET
    signature = sign(body.encode(), secret, int(time.time()))
    order = f"{site}/api/orders/{shop.sample_data.ORDER_ID}"
    return [
        (f"{site}/api/hello",),
        (*JSON, "-d", '{"any": ["json"]}', f"{site}/api/echo"),
        (f"{site}/api/items?q=tea",),
        (f"{site}/api/items/1?fields=name,price",),
        # Once from the handler, once from the cache.
        ("-i", f"{site}/api/items?q=pot"),
        ("-i", f"{site}/api/items?q=pot"),
        ("-i", *JSON, "-d", '{"item": 2, "quantity": 3}', f"{site}/api/orders"),
        (
            *JSON,
            "-H",
            f"Stripe-Signature: {signature}",
            "-d",
            body,
            f"{site}/webhooks/stripe",
        ),
        (order,),
        ("-L", "-b", "", "-d", "item=1", f"{site}/cart"),
        (f"{site}/api/posts",),
        (
            "-i",
            "-d",
            "slug=new",
            "-d",
            "title=New",
            "-d",
            "body=Text",
            f"{site}/api/posts",
        ),
        (f"{site}/api/posts/on-teapots",),
        (f"{site}/docs/orders/pay",),
        ("-L", f"{site}/manual"),
        (f"{site}/feed.xml",),
        ("-I", f"{site}/logo.png"),
    ]


def serve(addrport, noreload):
    # The reloader starts this process's own command line again, for each change.
    sys.argv[1:] = ["runserver", addrport, *(["--noreload"] if noreload else [])]
    execute_from_command_line(sys.argv)
