"""Pages about moved shows and limits: what they show, worked out from what the services answered. Pure."""
