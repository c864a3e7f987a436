"""From the laptop to the cluster: what builds, renders, checks and rehearses. Nothing here runs inside a service."""
