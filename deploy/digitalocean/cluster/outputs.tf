output "cluster" {
  description = "The environment's variable CLUSTER of the workflows, and the name for `doctl kubernetes cluster kubeconfig save`."
  value       = digitalocean_kubernetes_cluster.cluster.name
}

output "backups_endpoint" {
  description = "Where the database sends its backups."
  value       = "https://${digitalocean_spaces_bucket.backups.region}.digitaloceanspaces.com"
}

output "backups_bucket" {
  description = "The bucket for backups."
  value       = digitalocean_spaces_bucket.backups.name
}

output "backups_access_key" {
  description = "ACCESS_KEY_ID of the secret `backups`."
  value       = digitalocean_spaces_key.backups.access_key
  sensitive   = true
}

output "backups_secret_key" {
  description = "ACCESS_SECRET_KEY of the secret `backups`."
  value       = digitalocean_spaces_key.backups.secret_key
  sensitive   = true
}

output "address" {
  description = "Where the domain leads, once it does."
  value       = one(digitalocean_record.edge[*].value)
}
