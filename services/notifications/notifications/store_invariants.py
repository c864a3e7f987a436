"""What must hold in the database of notifications at any moment."""

from __future__ import annotations

from fairseat_common.invariants import Invariant

INVARIANTS = (
    Invariant(
        "mails-leave",
        "No mail waits for more than ten minutes after it is due.",
        """
        select kind as reference, count(*) || ' wait, the first was due '
            || extract(epoch from now() - min(due_at))::int || ' s ago' as detail
        from mails where status = 'queued' and due_at < now() - interval '10 minutes' group by kind
        """,
    ),
    Invariant(
        "no-mail-was-given-up",
        "No mail of the last day was given up.",
        """
        select id::text as reference, kind || ' after ' || attempts || ' attempts: '
            || left(coalesce(last_error, ''), 200) as detail
        from mails where status = 'parked' and ended_at > now() - interval '1 day' order by ended_at desc
        """,
    ),
    Invariant(
        "facts-find-their-orders",
        "No fact waits for an order that is known.",
        """
        select w.fact_id::text as reference, w.kind || ' waits for order ' || w.order_id as detail
        from waiting_facts w join receipts r on r.order_id = w.order_id
        """,
    ),
    Invariant(
        "sent-mails-have-their-id",
        "Every mail that was sent carries the one Message-ID of all its copies.",
        """
        select id::text as reference, kind || ' was sent without an id' as detail
        from mails where status = 'sent' and message_id is null
        """,
    ),
)
