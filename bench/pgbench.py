"""The physical limit: pgbench doing the same work on the same tables, one transaction per order."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from fairseat_common.testing.postgres_server import installation
from orders import store_claims

# The session settings of the service's own connection for holds.
SESSION = "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c jit=off"

TURN = """\\set buyer random(1, 1000000000)
select bench_listing(n) as listing, bench_show(n) as show, bench_order(n) as order_id, bench_buyer(:buyer) as buyer_id
from (select nextval('bench_turn') as n) as turn \\gset
"""

# What a careful programmer writes without batching: lock, look, write, say so.
PLAIN = f"""{TURN}begin;
select array_agg(position) as positions, array_agg(seat) as seats from (
    select position, seat from seats
    where show_id = :show::uuid and listing_id = :listing::uuid and order_id is null and current
    order by position limit 2 for update skip locked) free \\gset
update seats set order_id = :order_id::uuid
where show_id = :show::uuid and listing_id = :listing::uuid and position = any (:positions::int[]);
insert into orders (id, buyer_id, seller_id, listing_id, show_id, section, row, seats, positions, quantity, unit_price,
    fees, total, seller_fees, fee_rule, currency, status, hold_slot, idempotency_key, expires_at)
select :order_id::uuid, :buyer_id::uuid, l.seller_id, l.listing_id, l.show_id, l.section, l.row, :seats::text[],
    :positions::int[], 2, l.unit_price, 2 * l.unit_fee, 2 * (l.unit_price + l.unit_fee),
    2 * l.unit_seller_fee, l.fee_rule, l.currency, 'held', 1, :order_id::text,
    now() + interval '10 minutes'
from listings l join shows s using (show_id)
where l.listing_id = :listing::uuid and l.status = 'active' and s.starts_at > now();
insert into outbox (event_id, subject, aggregate_id, version, payload)
select gen_random_uuid(), 'orders.held.v1', id, 1, to_jsonb(o) from orders o where id = :order_id::uuid;
commit;
"""


def same_statement() -> str:
    """The service's own statement with a batch of one."""
    values = {
        1: "array[:order_id::uuid]",
        2: "array[:buyer_id::uuid]",
        3: "array[:listing::uuid]",
        4: "array[2]",
        5: "array['bench']",
        6: "array[gen_random_uuid()]",
        7: "6",
        8: "interval '10 minutes'",
        9: "array[null::text]",
        # No quote: the listing's own price.
        10: "array[null::int]",
        11: "array[null::bigint]",
        12: "array[null::bigint]",
        13: "array[null::bigint]",
        14: "array[null::int]",
        15: "array[null::bigint]",
        16: "100",
    }
    statement = re.sub(r"\$(\d+)", lambda match: values[int(match[1])], store_claims.CLAIM_AT_ONCE)
    return f"{TURN}{' '.join(statement.split())};\n"


def run(url: str, script: Path, clients: int, orders: int) -> float:
    """Transactions per second of `orders` runs of the script over so many clients."""
    environ = {**os.environ, "PGOPTIONS": SESSION, "PGTZ": "UTC"}
    command = [
        str(installation(None) / "bin/pgbench"),
        *("-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-t", str(orders // clients), "-f", str(script), url),
    ]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=300, check=False)
    found = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
    if done.returncode or not found:
        raise RuntimeError(f"pgbench failed:\n{done.stdout}\n{done.stderr}")
    return float(found[1])
