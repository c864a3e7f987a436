"""What every Fairseat service shares."""
