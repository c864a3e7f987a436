# One environment: a network of its own, a cluster of three nodes, and a bucket for backups. Each environment is a
# workspace with its file in environments/: staging and production share nothing but the account.

terraform {
  required_version = ">= 1.12"

  required_providers {
    digitalocean = {
      source  = "digitalocean/digitalocean"
      version = "2.71.0"
    }
  }

  # Where the state is kept is said at `terraform init` (README.md): it is nobody else's business, and never committed.
  backend "s3" {}
}

# Reads its token from DIGITALOCEAN_TOKEN, and for the bucket SPACES_ACCESS_KEY_ID and SPACES_SECRET_ACCESS_KEY.
provider "digitalocean" {}

locals {
  name = "fairseat-${var.environment}"
}

resource "digitalocean_vpc" "network" {
  name     = local.name
  region   = var.region
  ip_range = var.network
}

data "digitalocean_kubernetes_versions" "offered" {
  version_prefix = var.kubernetes
}

resource "digitalocean_kubernetes_cluster" "cluster" {
  name     = local.name
  region   = var.region
  version  = data.digitalocean_kubernetes_versions.offered.latest_version
  vpc_uuid = digitalocean_vpc.network.id
  tags     = [local.name]

  # Several control planes: while one is replaced, deployments and autoscaling go on.
  ha = var.highly_available


  # Patches come by themselves, in a quiet hour, one more node at a time.
  auto_upgrade  = true
  surge_upgrade = true

  maintenance_policy {
    day        = "tuesday"
    start_time = "04:00"
  }

  # Who may ask the control plane at all; without addresses a token is enough.
  control_plane_firewall {
    enabled           = length(var.api_allowed) > 0
    allowed_addresses = var.api_allowed
  }

  node_pool {
    name       = "services"
    size       = var.node_size
    auto_scale = true
    min_nodes  = 3
    max_nodes  = var.nodes_max
    tags       = [local.name]
  }

  lifecycle {
    # It upgrades itself; Terraform must not take it back.
    ignore_changes = [version]
  }
}

# Backups of the database and what has been written since. A second copy of what is overwritten or deleted stays for a
# while, whoever did it.
resource "digitalocean_spaces_bucket" "backups" {
  name   = var.backups_bucket
  region = var.backups_region
  acl    = "private"

  versioning {
    enabled = true
  }

  lifecycle_rule {
    id                                     = "old-versions"
    enabled                                = true
    abort_incomplete_multipart_upload_days = 7

    noncurrent_version_expiration {
      days = 30
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

# The cluster's key opens this bucket and no other.
resource "digitalocean_spaces_key" "backups" {
  name = "${local.name}-backups"

  grant {
    bucket     = digitalocean_spaces_bucket.backups.name
    permission = "readwrite"
  }
}

# The load balancer is made by the Gateway in the cluster, and named after the domain. Once it is there, the domain is
# pointed at it: `terraform apply` again with load_balancer_is_there = true.
data "digitalocean_loadbalancer" "edge" {
  count = var.load_balancer_is_there ? 1 : 0
  name  = var.domain
}

resource "digitalocean_record" "edge" {
  count  = var.load_balancer_is_there ? 1 : 0
  domain = var.zone
  name   = var.domain == var.zone ? "@" : trimsuffix(var.domain, ".${var.zone}")
  type   = "A"
  ttl    = 300
  value  = data.digitalocean_loadbalancer.edge[0].ip
}

resource "digitalocean_project" "project" {
  name        = local.name
  description = "Fairseat, ${var.environment}"
  purpose     = "Web Application"
  environment = var.environment == "production" ? "Production" : "Staging"
  resources   = [digitalocean_kubernetes_cluster.cluster.urn, digitalocean_spaces_bucket.backups.urn]
}
