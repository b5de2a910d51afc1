output "address" {
  description = "The address of the hub."
  value       = "https://${var.host}/"
}

output "database" {
  description = "The address of the database, for backups and inspection."
  value       = aws_db_instance.hub.endpoint
}

output "worker_launch_template" {
  description = "The template that workers are launched from."
  value       = aws_launch_template.worker.id
}
