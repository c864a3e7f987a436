"""What an operator does by hand: contracts, rebuilding streams, dead letters."""
