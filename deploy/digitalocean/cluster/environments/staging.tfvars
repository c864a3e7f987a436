environment      = "staging"
zone             = "example.org"
domain           = "staging.tickets.example.org"
network          = "10.110.0.0/20"
highly_available = false
node_size        = "s-4vcpu-8gb"
nodes_max        = 4
backups_bucket   = "example-fairseat-staging-backups"
