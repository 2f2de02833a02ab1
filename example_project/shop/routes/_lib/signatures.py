"""Sign the raw body of a webhook, and check such a signature, as Stripe does."""

import hashlib
import hmac
import re

# Stripe's own tolerance, in seconds: an older request may be a replayed one.
TOLERANCE = 300


def sign(body, secret, timestamp):
    """Return the `Stripe-Signature` header of a body sent at a Unix time."""
    return f"t={timestamp},v1={_get_digest(body, secret, str(timestamp))}"


def is_signed(header, body, secret, now):
    """Tell whether one of the header's signatures is that of the body, and recent."""
    pairs = [part.strip().partition("=")[::2] for part in header.split(",")]
    timestamps = [value for name, value in pairs if name == "t"]
    # ASCII only: int() would also take digits that nobody signed.
    if len(timestamps) != 1 or not re.fullmatch("[0-9]{1,12}", timestamps[0]):
        return False
    if abs(now - int(timestamps[0])) > TOLERANCE:
        return False
    expected = _get_digest(body, secret, timestamps[0]).encode()
    # Stripe sends several while a secret is being replaced.
    signatures = [value.encode() for name, value in pairs if name == "v1"]
    return any(hmac.compare_digest(expected, found) for found in signatures)


def _get_digest(body, secret, timestamp):
    signed = timestamp.encode() + b"." + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
