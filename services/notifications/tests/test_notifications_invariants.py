"""What must hold in notifications is asked of its database."""

from __future__ import annotations

from fairseat_common.ids import new_id
from fairseat_common.testing.plugin import StartService

MAIL = (
    "insert into mails (id, fact_id, kind, recipient_id, show_id, fact, status, due_at, ended_at, last_error)"
    " values ($1, $1, 'tickets', $1, $1, '{}', $2, now() - interval '1 hour',"
    " case when $2 <> 'queued' then now() end, 'no such mailbox')"
)


async def test_mails_that_were_given_up_are_seen(start: StartService) -> None:
    notifications = await start("notifications")
    operator = notifications.client(new_id(), ("user", "operator"))

    async def broken() -> set[str]:
        report = (await operator.get("/operations/notifications/invariants")).json()
        return {each["name"] for each in report["invariants"] if each["holds"] is not True}

    assert await broken() == set()
    async with notifications.database.transaction() as tx:
        await tx.execute(MAIL, new_id(), "parked")
        await tx.execute(MAIL, new_id(), "sent")
    assert await broken() == {"no-mail-was-given-up", "sent-mails-have-their-id"}
