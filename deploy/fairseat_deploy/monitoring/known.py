"""What others than Fairseat's services show, as far as it is asked for here: metrics with their labels."""

from __future__ import annotations

SCRAPED = frozenset({"job", "instance", "app", "pod", "namespace"})
"""Labels that Prometheus adds to everything (see prometheus.yaml); `app` and `pod` where a pod is scraped."""
_POSTGRES = frozenset({"datname"})
_VOLUME = frozenset({"namespace", "persistentvolumeclaim"})
_CERTIFICATE = frozenset({"name", "namespace", "condition"})

OTHERS: dict[str, frozenset[str]] = {
    "up": frozenset(),
    "ALERTS": frozenset({"alertname", "alertstate", "severity"}),
    # CloudNativePG's collector, and the plugin that makes its backups
    "barman_cloud_cloudnative_pg_io_last_available_backup_timestamp": frozenset(),
    "cnpg_backends_max_tx_duration_seconds": _POSTGRES,
    "cnpg_backends_total": _POSTGRES,
    "cnpg_backends_waiting_total": frozenset(),
    "cnpg_collector_pg_wal_archive_status": frozenset({"value"}),
    "cnpg_collector_up": frozenset(),
    "cnpg_pg_database_size_bytes": _POSTGRES,
    "cnpg_pg_replication_lag": frozenset(),
    "cnpg_pg_replication_streaming_replicas": frozenset(),
    "cnpg_pg_stat_archiver_seconds_since_last_archival": frozenset(),
    "cnpg_pg_stat_database_blks_hit": _POSTGRES,
    "cnpg_pg_stat_database_blks_read": _POSTGRES,
    "cnpg_pg_stat_database_deadlocks": _POSTGRES,
    "cnpg_pg_stat_database_xact_commit": _POSTGRES,
    "cnpg_pg_stat_database_xact_rollback": _POSTGRES,
    # kube-state-metrics
    "kube_deployment_spec_replicas": frozenset({"deployment"}),
    "kube_deployment_status_replicas_available": frozenset({"deployment"}),
    "kube_job_failed": frozenset({"job_name", "condition"}),
    "kube_pod_container_status_restarts_total": frozenset({"container"}),
    "kube_statefulset_replicas": frozenset({"statefulset"}),
    "kube_statefulset_status_replicas_ready": frozenset({"statefulset"}),
    # kubelets, cert-manager, Alertmanager
    "kubelet_volume_stats_available_bytes": _VOLUME,
    "kubelet_volume_stats_capacity_bytes": _VOLUME,
    "certmanager_certificate_expiration_timestamp_seconds": _CERTIFICATE,
    "certmanager_certificate_ready_status": _CERTIFICATE,
    "alertmanager_notifications_failed_total": frozenset({"integration", "reason"}),
}
