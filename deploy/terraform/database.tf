# PostgreSQL, private and encrypted, with a standby in the other zone and backups of two weeks.

ephemeral "random_password" "database" {
  length = 40
  # It becomes part of an address.
  special = false
}

resource "aws_db_subnet_group" "hub" {
  name       = var.name
  subnet_ids = aws_subnet.private[*].id
}

resource "aws_db_parameter_group" "hub" {
  name   = var.name
  family = "postgres17"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }
}

resource "aws_db_instance" "hub" {
  identifier     = var.name
  engine         = "postgres"
  engine_version = "17"
  instance_class = var.database_class

  db_name             = "valhub"
  username            = "valhub"
  password_wo         = ephemeral.random_password.database.result
  password_wo_version = var.password_version

  allocated_storage     = var.database_disk_gb
  max_allocated_storage = 10 * var.database_disk_gb
  storage_type          = "gp3"
  storage_encrypted     = true

  multi_az               = true
  db_subnet_group_name   = aws_db_subnet_group.hub.name
  vpc_security_group_ids = [aws_security_group.database.id]
  parameter_group_name   = aws_db_parameter_group.hub.name
  publicly_accessible    = false

  backup_retention_period   = 14
  copy_tags_to_snapshot     = true
  deletion_protection       = true
  skip_final_snapshot       = false
  final_snapshot_identifier = "${var.name}-last"

  auto_minor_version_upgrade      = true
  performance_insights_enabled    = true
  enabled_cloudwatch_logs_exports = ["postgresql", "upgrade"]
}
