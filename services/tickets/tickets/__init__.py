"""The tickets service of Fairseat."""
