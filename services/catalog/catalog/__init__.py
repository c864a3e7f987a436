"""The catalog service of Fairseat."""
