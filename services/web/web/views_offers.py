"""Pages about comparing listings: what they show, worked out from what the services answered. Pure."""
