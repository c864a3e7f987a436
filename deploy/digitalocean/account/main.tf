# What there is once, whatever the number of clusters: the registry of images, and the zone of the domain.

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

# Reads its token from DIGITALOCEAN_TOKEN.
provider "digitalocean" {}

resource "digitalocean_container_registry" "images" {
  name   = var.registry
  region = var.region
  # Nine images are nine repositories; the smaller plans end at five.
  subscription_tier_slug = "professional"
}

resource "digitalocean_domain" "zone" {
  name = var.zone

  lifecycle {
    prevent_destroy = true
  }
}

# Nobody but Let's Encrypt may issue certificates for names of this zone.
resource "digitalocean_record" "certificates" {
  domain = digitalocean_domain.zone.name
  name   = "@"
  type   = "CAA"
  flags  = 0
  tag    = "issue"
  value  = "letsencrypt.org."
}
