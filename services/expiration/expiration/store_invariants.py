"""What must hold in the database of expiration at any moment."""

from __future__ import annotations

from fairseat_common.invariants import Invariant

INVARIANTS = (
    Invariant(
        "deadlines-fire",
        "No deadline stays open for more than five seconds after it is due.",
        """
        select order_id::text as reference, 'due ' || extract(epoch from now() - due_at)::int || ' s ago' as detail
        from deadlines where state = 'open' and due_at < now() - interval '5 seconds'
        """,
    ),
    Invariant(
        "fired-is-said",
        "Every deadline that fired within the last hour was said once.",
        """
        select d.order_id::text as reference, 'fired, and said ' || count(o.event_id) || ' times' as detail
        from deadlines d left join outbox o on o.aggregate_id = d.order_id and o.subject = 'expiration.due.v1'
        where d.state = 'fired' and d.ended_at > now() - interval '1 hour'
        group by d.order_id having count(o.event_id) <> 1
        """,
    ),
)
