"""Alerts, objectives and dashboards: written here, as files that Prometheus and Grafana read in deploy/monitoring."""
