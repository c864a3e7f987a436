"""The alerts about what Fairseat stands on: PostgreSQL, volumes, certificates, and the monitoring itself."""

from __future__ import annotations

from fairseat_deploy.monitoring.alerts import Alert

_BACKUP = "barman_cloud_cloudnative_pg_io_last_available_backup_timestamp"
"""Said by the plugin that makes the backups; PostgreSQL's own collector has a metric like it that stays at zero."""

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
            f"time() - max({_BACKUP}) > 30 * 3600",
            "15m",
            "page",
            "restore",
            "The last backup is {{ $value | humanizeDuration }} old.",
            ((f'{_BACKUP}{{pod="postgres-1"}}', "-200000x60"),),
        ),
        Alert(
            "BackupUnknown",
            f"absent({_BACKUP})",
            "1h",
            "page",
            "restore",
            "Nobody says when the last backup was made.",
            (),
        ),
        Alert(
            "WalNotArchived",
            "max(cnpg_pg_stat_archiver_seconds_since_last_archival) > 1800"
            " and max(rate(cnpg_pg_stat_archiver_failed_count[15m])) > 0",
            "5m",
            "page",
            "restore",
            "The write-ahead log waits for {{ $value | humanizeDuration }}: so much could not be restored.",
            (
                ('cnpg_pg_stat_archiver_seconds_since_last_archival{pod="postgres-1"}', "3600x60"),
                ('cnpg_pg_stat_archiver_failed_count{pod="postgres-1"}', "0+1x60"),
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
            "min by (name, exported_namespace) (certmanager_certificate_expiration_timestamp_seconds) - time()"
            " < 14 * 86400",
            "1h",
            "ticket",
            "certificates",
            "Certificate {{ $labels.name }} ends in {{ $value | humanizeDuration }} and was not renewed.",
            (('certmanager_certificate_expiration_timestamp_seconds{name="public"}', "500000x90"),),
        ),
        Alert(
            "CertificateNotReady",
            'max by (name, exported_namespace) (certmanager_certificate_ready_status{condition="False"}) == 1',
            "30m",
            "ticket",
            "certificates",
            "Certificate {{ $labels.name }} cannot be issued.",
            (('certmanager_certificate_ready_status{name="public", condition="False"}', "1x90"),),
        ),
        Alert(
            "JobFailed",
            "max by (job_name) (kube_job_status_failed) > 0",
            "5m",
            "ticket",
            "service-down",
            "Job {{ $labels.job_name }} has failed.",
            (('kube_job_status_failed{job_name="rehearsal-1"}', "1x60"),),
        ),
        Alert(
            "TargetsMissing",
            'count(up{job="fairseat", app=~"auth|catalog|tickets|orders|expiration|payments|notifications|web"}) < 8'
            ' or absent(up{job="fairseat"})',
            "10m",
            "ticket",
            "monitoring",
            "Prometheus does not find the pods of all services: what it cannot see, it cannot tell.",
            (('up{job="fairseat", app="orders"}', "1x60"),),
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
