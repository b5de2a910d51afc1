output "address" {
  description = "Where people find the hub."
  value       = "https://${var.host}/"
}

output "database" {
  description = "Where the database is, for backups and a look into it."
  value       = aws_db_instance.hub.endpoint
}

output "worker_launch_template" {
  description = "What workers are launched from."
  value       = aws_launch_template.worker.id
}
