environment      = "production"
zone             = "example.org"
domain           = "tickets.example.org"
network          = "10.120.0.0/20"
highly_available = true
node_size        = "s-4vcpu-8gb"
nodes_max        = 8
backups_bucket   = "example-fairseat-production-backups"
