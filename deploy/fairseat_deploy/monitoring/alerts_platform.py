"""The alerts about what Fairseat stands on: PostgreSQL, volumes, certificates, and the monitoring itself."""

from __future__ import annotations

from fairseat_deploy.monitoring.alerts import EIGHT, Alert
from fairseat_local.routes import SERVICES

_BACKUP = "barman_cloud_cloudnative_pg_io_last_available_backup_timestamp"
"""Said by the plugin that makes the backups, 0 while there is none; PostgreSQL's own collector has one that stays 0."""
_ARCHIVED = "cnpg_pg_stat_archiver_seconds_since_last_archival"
"""-1 while nothing was ever archived."""

PLATFORM: dict[str, tuple[Alert, ...]] = {
    "database": (
        Alert(
            "DatabaseDown",
            "max(cnpg_collector_up) == 0 or absent(cnpg_collector_up)",
            "2m",
            "page",
            "database",
            "PostgreSQL does not answer its collector.",
            (('cnpg_collector_up{pod="postgres-1"}', "0x60"),),
        ),
        Alert(
            "DatabaseAlone",
            "max(cnpg_pg_replication_streaming_replicas) < 1",
            "5m",
            "page",
            "database",
            "No replica follows the primary: a commit waits for one, and another failure loses the cluster.",
            (('cnpg_pg_replication_streaming_replicas{pod="postgres-1"}', "0x60"),),
        ),
        Alert(
            "ReplicaBehind",
            "max by (pod) (cnpg_pg_replication_lag) > 60",
            "5m",
            "ticket",
            "database",
            "{{ $labels.pod }} is {{ $value | humanizeDuration }} behind the primary.",
            (('cnpg_pg_replication_lag{pod="postgres-2"}', "300x60"),),
        ),
        Alert(
            "TransactionOld",
            "max by (pod) (cnpg_backends_max_tx_duration_seconds) > 600",
            "5m",
            "ticket",
            "database",
            "A transaction has been open for {{ $value | humanizeDuration }}; nothing can be cleaned up behind it.",
            (('cnpg_backends_max_tx_duration_seconds{pod="postgres-1"}', "1000x60"),),
        ),
        Alert(
            "BackupOld",
            f"time() - max({_BACKUP} != 0) > 30 * 3600",
            "15m",
            "page",
            "restore",
            "The last backup is {{ $value | humanizeDuration }} old.",
            ((f'{_BACKUP}{{pod="postgres-1"}}', "-200000x60"),),
        ),
        Alert(
            "BackupUnknown",
            f"absent({_BACKUP} != 0)",
            "1h",
            "page",
            "restore",
            "There is no backup yet, or nobody says when it was made.",
            (),
        ),
        Alert(
            "WalNotArchived",
            # Whether it fails or hangs: a quiet database has nothing to archive, then nothing waits.
            f"(max({_ARCHIVED}) > 1800 or max({_ARCHIVED}) < 0)"
            ' and max(cnpg_collector_pg_wal_archive_status{value="ready"}) > 0',
            "15m",
            "page",
            "restore",
            "The write-ahead log waits for {{ $value | humanizeDuration }} (-1s: since ever): so much would be lost.",
            (
                (f'{_ARCHIVED}{{pod="postgres-1"}}', "-1x60"),
                ('cnpg_collector_pg_wal_archive_status{pod="postgres-1", value="ready"}', "3x60"),
            ),
        ),
    ),
    "platform": (
        Alert(
            "VolumeFilling",
            "min by (namespace, persistentvolumeclaim)"
            " (kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes) < 0.15",
            "10m",
            "page",
            "disk-full",
            "Volume {{ $labels.persistentvolumeclaim }} has {{ $value | humanizePercentage }} left.",
            (
                (
                    'kubelet_volume_stats_available_bytes{namespace="fairseat", persistentvolumeclaim="postgres-1"}',
                    "5x60",
                ),
                (
                    'kubelet_volume_stats_capacity_bytes{namespace="fairseat", persistentvolumeclaim="postgres-1"}',
                    "100x60",
                ),
            ),
        ),
        Alert(
            "CertificateExpiring",
            # 0 while there is none, which the next alert says.
            "min by (name, namespace) (certmanager_certificate_expiration_timestamp_seconds > 0) - time() < 14 * 86400",
            "1h",
            "ticket",
            "certificates",
            "Certificate {{ $labels.name }} ends in {{ $value | humanizeDuration }} and was not renewed.",
            (('certmanager_certificate_expiration_timestamp_seconds{name="public"}', "500000x90"),),
        ),
        Alert(
            "CertificateNotReady",
            'max by (name, namespace) (certmanager_certificate_ready_status{condition="False"}) == 1',
            "30m",
            "ticket",
            "certificates",
            "Certificate {{ $labels.name }} cannot be issued.",
            (('certmanager_certificate_ready_status{name="public", condition="False"}', "1x90"),),
        ),
        Alert(
            "JobFailed",
            # Not `kube_job_status_failed`, which counts the pods of a job that came through in the end as well.
            'max by (job_name) (kube_job_failed{condition="true"}) > 0',
            "5m",
            "ticket",
            "service-down",
            "Job {{ $labels.job_name }} has failed.",
            (('kube_job_failed{job_name="postgres-2-join", condition="true"}', "1x60"),),
        ),
        Alert(
            "TargetsMissing",
            f'count(count by (app) (up{{job="fairseat", app=~"{EIGHT}"}})) < {len(SERVICES)}'
            ' or absent(up{job="fairseat"})',
            "10m",
            "ticket",
            "monitoring",
            "Prometheus does not find the pods of all services: what it cannot see, it cannot tell.",
            (('up{job="fairseat", app="orders"}', "1x60"),),
        ),
        Alert(
            "TargetDown",
            f'max by (job, app) (up{{app!~"{EIGHT}"}}) == 0',
            "15m",
            "ticket",
            "monitoring",
            "Nothing of {{ $labels.job }} {{ $labels.app }} can be measured, so that no alert about it would fire.",
            (('up{job="fairseat", app="grafana"}', "0x60"),),
        ),
        Alert(
            "AlertsNotSent",
            "increase(alertmanager_notifications_failed_total[15m]) > 0",
            "5m",
            "ticket",
            "monitoring",
            "Alertmanager cannot tell anybody.",
            (('alertmanager_notifications_failed_total{integration="webhook"}', "0+1x60"),),
        ),
    ),
}
