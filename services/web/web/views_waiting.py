"""Pages about the waiting list: what they show, worked out from what the services answered. Pure."""
