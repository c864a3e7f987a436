"""What the marketplace does, on one page: metrics and traces of a local run, without any further server."""
