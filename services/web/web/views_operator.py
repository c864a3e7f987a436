"""Pages about operators: what they show, worked out from what the services answered. Pure."""
