"""Pages about the doors: what they show, worked out from what the services answered. Pure."""
