"""The dashboard of the PostgreSQL cluster, from what CloudNativePG shows."""

from __future__ import annotations

from fairseat_deploy.monitoring.panels import Dashboard, Panel, Row

_HIT, _READ = (f"sum(rate(cnpg_pg_stat_database_blks_{each}[5m]))" for each in ("hit", "read"))
_FROM_MEMORY = f"{_HIT} / ({_HIT} + {_READ})"
_LEFT = "min by (persistentvolumeclaim) (kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes)"

POSTGRES = Dashboard(
    "fairseat-postgres",
    "Fairseat: PostgreSQL",
    "The cluster that CloudNativePG runs for all services.",
    [
        Row(
            "Cluster",
            [
                Panel(
                    "Up",
                    "Instances whose collector reaches PostgreSQL.",
                    "none",
                    [("sum(cnpg_collector_up)", "up"), ("count(cnpg_collector_up)", "of")],
                    "stat",
                    6,
                    5,
                ),
                Panel(
                    "Replicas that follow",
                    "As the primary sees them.",
                    "none",
                    [("max(cnpg_pg_replication_streaming_replicas)", "replicas")],
                    "stat",
                    6,
                    5,
                ),
                Panel(
                    "Age of the last backup",
                    "Every backup older than a day is one too few.",
                    "s",
                    [("time() - max(barman_cloud_cloudnative_pg_io_last_available_backup_timestamp != 0)", "age")],
                    "stat",
                    6,
                    5,
                    red_from=108_000,
                ),
                Panel(
                    "Since the log was archived",
                    "That much could not be restored after a loss of everything; -1: nothing was ever archived.",
                    "s",
                    [("max(cnpg_pg_stat_archiver_seconds_since_last_archival)", "age")],
                    "stat",
                    6,
                    5,
                    red_from=1800,
                ),
            ],
        ),
        Row(
            "Work",
            [
                Panel(
                    "Transactions",
                    "Commits and rollbacks a second, by database.",
                    "cps",
                    [
                        ("sum by (datname) (rate(cnpg_pg_stat_database_xact_commit[5m]))", "{{datname}}"),
                        ("sum(rate(cnpg_pg_stat_database_xact_rollback[5m]))", "rolled back"),
                    ],
                ),
                Panel(
                    "Connections",
                    "Backends by database.",
                    "none",
                    [("sum by (datname) (cnpg_backends_total)", "{{datname}}")],
                    stacked=True,
                ),
                Panel(
                    "Waiting for a lock",
                    "Backends that wait for another.",
                    "none",
                    [("max(cnpg_backends_waiting_total)", "waiting")],
                ),
                Panel(
                    "Longest transaction",
                    "Nothing can be cleaned up behind it.",
                    "s",
                    [("max by (datname) (cnpg_backends_max_tx_duration_seconds)", "{{datname}}")],
                    red_from=600,
                ),
                Panel(
                    "Deadlocks",
                    "A second, by database.",
                    "cps",
                    [("sum by (datname) (rate(cnpg_pg_stat_database_deadlocks[5m]))", "{{datname}}")],
                ),
                Panel(
                    "Size",
                    "Of each database.",
                    "bytes",
                    [("max by (datname) (cnpg_pg_database_size_bytes)", "{{datname}}")],
                    stacked=True,
                ),
                Panel(
                    "Behind the primary",
                    "By replica.",
                    "s",
                    [("max by (pod) (cnpg_pg_replication_lag)", "{{pod}}")],
                    red_from=60,
                ),
                Panel(
                    "Read from memory",
                    "The part of blocks that needs no disk.",
                    "percentunit",
                    [(_FROM_MEMORY, "hits")],
                ),
                Panel(
                    "Volumes",
                    "The part that is left, by volume.",
                    "percentunit",
                    [(_LEFT, "{{persistentvolumeclaim}}")],
                ),
            ],
        ),
    ],
)
