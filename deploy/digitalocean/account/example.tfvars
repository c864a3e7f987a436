registry = "example-fairseat"
zone     = "example.org"
