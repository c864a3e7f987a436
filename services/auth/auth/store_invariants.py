"""What must hold in the database of auth at any moment."""

from __future__ import annotations

from fairseat_common.invariants import Invariant

INVARIANTS = (
    Invariant(
        "the-banned-are-out",
        "No session of a banned account is alive.",
        """
        select b.user_id::text as reference, count(*) || ' live sessions' as detail
        from bans b join sessions s on s.user_id = b.user_id
        where b.lifted_at is null and s.ended_at is null and s.expires_at > now() group by b.user_id
        """,
    ),
    Invariant(
        "sessions-have-one-token",
        "Every live session has exactly one current token.",
        """
        select s.id::text as reference, count(t.session_id) || ' current tokens' as detail
        from sessions s left join session_tokens t on t.session_id = s.id and t.replaced_at is null
        where s.ended_at is null and s.expires_at > now() group by s.id having count(t.session_id) <> 1
        """,
    ),
    Invariant(
        "accounts-were-announced",
        "Every account of the last hour was announced once.",
        """
        select u.id::text as reference, 'announced ' || count(o.event_id) || ' times' as detail
        from users u left join outbox o on o.aggregate_id = u.id and o.subject = 'users.registered.v1'
        where u.created_at > now() - interval '1 hour' group by u.id having count(o.event_id) <> 1
        """,
    ),
    Invariant(
        "somebody-operates",
        "At least one account that is not banned can operate the marketplace, once there are accounts.",
        """
        select 'operators' as reference, 'nobody has the role' as detail
        where exists (select from users) and not exists (
            select from users u where 'operator' = any (u.roles)
                and not exists (select from bans b where b.user_id = u.id and b.lifted_at is null))
        """,
    ),
)
