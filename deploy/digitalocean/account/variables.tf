variable "registry" {
  description = "The registry's name, of which there can be only one in all of DigitalOcean."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.registry))
    error_message = "A registry's name has small letters, digits and hyphens."
  }
}

variable "zone" {
  description = "The domain that was bought, e.g. example.org. Its registrar must name DigitalOcean's name servers."
  type        = string
}

variable "region" {
  description = "Where images are kept: near the clusters that fetch them."
  type        = string
  default     = "fra1"
}
