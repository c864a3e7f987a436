variable "environment" {
  description = "The name of the overlay that runs here."
  type        = string

  validation {
    condition     = contains(["staging", "production"], var.environment)
    error_message = "There are staging and production."
  }
}

variable "zone" {
  description = "The domain that was bought, as in account/."
  type        = string
}

variable "domain" {
  description = "The name that people see: the zone itself, or a name in it. The overlay's site.yaml has the same."
  type        = string
}

variable "region" {
  description = "Where the cluster runs."
  type        = string
  default     = "fra1"
}

variable "network" {
  description = "Private addresses of the environment; no two may overlap."
  type        = string
}

variable "kubernetes" {
  description = "The beginning of the version to begin with, e.g. \"1.36.\"; the newest offered without one."
  type        = string
  default     = null
}

variable "highly_available" {
  description = "Whether there are several control planes (cannot be taken back)."
  type        = bool
}

variable "node_size" {
  description = "What a node is: docs/runbooks say how many people it serves."
  type        = string
}

variable "nodes_max" {
  description = "How many nodes the cluster may grow to; it begins with three."
  type        = number

  validation {
    condition     = var.nodes_max >= 3
    error_message = "Databases and broker are spread over three nodes."
  }
}

variable "api_allowed" {
  description = "Networks that may ask the control plane, e.g. [\"203.0.113.0/24\"]. Hosted runners have no fixed ones."
  type        = list(string)
  default     = []
}

variable "backups_bucket" {
  description = "The bucket's name, of which there can be only one in the region."
  type        = string
}

variable "backups_region" {
  description = "Where backups are kept: not where the cluster is, so that they outlive it."
  type        = string
  default     = "ams3"
}

variable "load_balancer_is_there" {
  description = "Whether the Gateway runs already, so that the domain can be pointed at it."
  type        = bool
  default     = false
}
