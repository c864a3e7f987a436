"""Whoever is erased leaves amounts and numbers behind, and no card."""

from __future__ import annotations

from fairseat_common.contracts import UserErased
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import listing_published, now, order_held, show_published
from fairseat_common.testing.harness import Harness
from fairseat_common.testing.plugin import StartService
from payments.consumers import consumers

ATTEMPT = """
insert into attempts (id, order_id, buyer_id, idempotency_key, request_hash, payment_method, amount, currency, status,
 outcome, intent_id, card, leased_until) values ($1, $2, $3, $4, '', 'pm_of_ada', 5500, 'EUR', $5, $6, $7, 'her card',
 now() + interval '1 day')
"""


async def test_the_cards_of_whoever_is_erased_are_forgotten_when_they_are_of_no_use(start: StartService) -> None:
    payments = await start("payments", STRIPE_SECRET_KEY="sk_test_x", STRIPE_API_URL="http://127.0.0.1:9")
    ada, eve = new_id(), new_id()
    harness = Harness(payments, consumers)
    for status, outcome, intent, buyer in (
        ("failed", "declined", None, ada),
        ("voided", "authorized", "pi_2", ada),
        ("started", None, None, ada),
        ("failed", "declined", None, eve),
    ):
        order = order_held(listing_published(show_published()), buyer_id=buyer)
        [delivery] = harness.deliveries([order])
        assert await harness.deliver(delivery)
        async with payments.database.connection() as connection:
            values = new_id(), order.order_id, buyer, str(order.order_id), status, outcome, intent
            await connection.execute(ATTEMPT, *values)
    [erased] = harness.deliveries([UserErased(user_id=ada, pseudonym="erased-1", version=2, occurred_at=now())])
    assert await harness.deliver(erased)
    async with payments.database.connection() as connection:
        kept = await connection.fetch("select status, payment_method, card from attempts where buyer_id = $1", ada)
        hers = await connection.fetchval("select card from attempts where buyer_id = $1", eve)
    assert {row["status"]: (row["payment_method"], row["card"]) for row in kept} == {
        "failed": ("erased", None),
        "voided": ("erased", None),
        "started": ("pm_of_ada", "her card"),
    }
    assert hers == "her card"
