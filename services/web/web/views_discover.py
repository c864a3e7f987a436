"""Pages about finding shows: what they show, worked out from what the services answered. Pure."""
