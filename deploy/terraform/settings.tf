# The settings of each part, as parameters below the name of its role; an instance fetches those of
# its own role when it starts. Secrets are written and never kept in the state.

ephemeral "random_password" "secret_key" {
  length  = 64
  special = false
}

locals {
  common_settings = {
    VALHUB_STORAGE      = "s3://${aws_s3_bucket.archives.bucket}?region=${var.region}"
    VALHUB_QUEUE        = "sqs://?region=${var.region}"
    VALHUB_QUEUE_PREFIX = "${var.name}-"
  }
  web_settings = merge(local.common_settings, {
    VALHUB_HOSTS         = var.host
    VALHUB_HTTPS         = "yes"
    VALHUB_MAX_INSTANCES = tostring(var.max_instances)
    VALHUB_LAUNCHER = join("&", [
      "ec2://?region=${var.region}",
      "launch_template=${aws_launch_template.worker.id}",
      "subnet=${join(",", aws_subnet.private[*].id)}",
      "workers=${var.workers_per_instance}",
    ])
  })
}

resource "aws_ssm_parameter" "web" {
  for_each = local.web_settings

  name  = "/${aws_iam_role.web.name}/${each.key}"
  type  = "String"
  value = each.value
}

resource "aws_ssm_parameter" "worker" {
  for_each = local.common_settings

  name  = "/${aws_iam_role.worker.name}/${each.key}"
  type  = "String"
  value = each.value
}

resource "aws_ssm_parameter" "database_url" {
  for_each = { web = aws_iam_role.web.name, worker = aws_iam_role.worker.name }

  name             = "/${each.value}/DATABASE_URL"
  type             = "SecureString"
  value_wo         = "postgres://${aws_db_instance.hub.username}:${ephemeral.random_password.database.result}@${aws_db_instance.hub.endpoint}/${aws_db_instance.hub.db_name}?sslmode=require"
  value_wo_version = var.password_version
}

resource "aws_ssm_parameter" "secret_key" {
  name             = "/${aws_iam_role.web.name}/VALHUB_SECRET_KEY"
  type             = "SecureString"
  value_wo         = ephemeral.random_password.secret_key.result
  value_wo_version = var.password_version
}
