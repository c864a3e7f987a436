"""The route table sends every public path to its owner, and private ones nowhere."""

import pytest

from fairseat_local.routes import PREFIXES, SERVICES, service_of


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/", "web"),
        ("/shows/018f", "web"),
        ("/static/app.css", "web"),
        ("/api/openapi.json", "web"),
        ("/api", "web"),
        ("/api/usersx", "web"),
        ("/api/users", "auth"),
        ("/api/users/signin", "auth"),
        ("/.well-known/jwks.json", "auth"),
        ("/api/shows/018f", "catalog"),
        ("/api/tickets/018f/code", "tickets"),
        ("/api/orders", "orders"),
        ("/api/orders/", "orders"),
        ("/api/payments/webhook", "payments"),
        ("/api/favourites/018f", "notifications"),
        ("/dev/mail", "mail"),
        ("/dev/mail.json", "mail"),
        ("/dev/mail/123/html", "mail"),
        ("/dev/watch", "watch"),
        ("/dev/watch.json", "watch"),
        ("/dev/watch/traces/0af7651916cd43dd8448eb211c80319c", "watch"),
        ("/dev/provider/stripe.js", "provider"),
        ("/dev/provider/v1/payment_methods", "provider"),
        ("/v1/payment_intents", "web"),
        ("/control/journal", "web"),
        ("/dev", "web"),
        ("/metrics", ""),
        ("/readyz", ""),
    ],
)
def test_path_goes_to_its_owner(path: str, service: str) -> None:
    assert service_of(path) == service


def test_prefixes_are_looked_up_by_two_segments() -> None:
    assert all(prefix.count("/") == 2 and not prefix.endswith("/") for prefix in PREFIXES)
    assert set(PREFIXES.values()) <= {*SERVICES, "mail", "provider", "watch"}
