"""The expiration service of Fairseat."""
