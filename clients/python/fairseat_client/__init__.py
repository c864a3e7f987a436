"""A typed client of Fairseat's API.

from fairseat_client import Fairseat

with Fairseat("https://fairseat.example", key="fsk_...") as fairseat:
    for show in fairseat.pages(fairseat.shows_list, city="Berlin"):
        print(show.title, show.lowest_price)
"""

from fairseat_client import models
from fairseat_client.calling import Problem
from fairseat_client.client import Fairseat
from fairseat_client.webhooks import SignatureInvalid, verify

__all__ = ["Fairseat", "Problem", "SignatureInvalid", "models", "verify"]
