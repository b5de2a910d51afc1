variable "name" {
  description = "The name of this hub's resources, and the first part of its queues' names."
  type        = string
  default     = "valhub"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}[a-z0-9]$", var.name))
    error_message = "Use 3 to 22 lower-case letters, digits and hyphens, beginning with a letter."
  }
}

variable "region" {
  description = "The AWS region."
  type        = string
  default     = "us-east-2"
}

variable "host" {
  description = "The host name of the hub, such as hub.example.org."
  type        = string
}

variable "dns_zone_id" {
  description = "The Route 53 zone of that name; the certificate is validated in it."
  type        = string
}

variable "bucket" {
  description = "The name of the bucket for uploaded archives; it must be unique in the world."
  type        = string
}

variable "image_id" {
  description = "The machine image with the hub in /opt/valhub; see docs/administrators.md."
  type        = string
}

variable "cidr" {
  description = "The address range of the network."
  type        = string
  default     = "10.20.0.0/16"
}

variable "web_instance_type" {
  description = "The instance type of the web servers and the sweeper."
  type        = string
  default     = "t3.medium"
}

variable "web_instances" {
  description = "The number of web servers; with two, one can be replaced at a time."
  type        = number
  default     = 2
}

variable "worker_instance_type" {
  description = "The instance type of the workers."
  type        = string
  default     = "c7i.large"
}

variable "workers_per_instance" {
  description = "Workers on each instance: about one for each CPU."
  type        = number
  default     = 2
}

variable "worker_disk_gb" {
  description = "The disk of a worker instance, where data sets and environments are cached."
  type        = number
  default     = 100
}

variable "max_instances" {
  description = "Most worker instances of one analysis."
  type        = number
  default     = 10
}

variable "database_class" {
  description = "The instance class of the database."
  type        = string
  default     = "db.t4g.medium"
}

variable "database_disk_gb" {
  description = "The disk of the database; it grows by itself to up to ten times this size."
  type        = number
  default     = 50
}

variable "password_version" {
  description = "Raise it by one to create new passwords."
  type        = number
  default     = 1
}

variable "log_days" {
  description = "The number of days to keep log lines."
  type        = number
  default     = 90
}
