"""Pages about building on the API: what they show, worked out from what the services answered. Pure."""
