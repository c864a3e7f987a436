output "registry" {
  description = "The repository variable REGISTRY of the workflows."
  value       = digitalocean_container_registry.images.endpoint
}

output "name_servers" {
  description = "What the registrar of the domain must be told."
  value       = ["ns1.digitalocean.com", "ns2.digitalocean.com", "ns3.digitalocean.com"]
}
