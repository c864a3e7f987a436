"""Pages about tickets and transfers: what they show, worked out from what the services answered. Pure."""
