"""Pages about on-sales and resale rules: what they show, worked out from what the services answered. Pure."""
