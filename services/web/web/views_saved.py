"""Pages about favourites and alerts: what they show, worked out from what the services answered. Pure."""
