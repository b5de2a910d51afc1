# The launch template of the workers. The hub adds the tag that names the analysis, and the command.

resource "aws_launch_template" "worker" {
  name          = "${var.name}-worker"
  image_id      = var.image_id
  instance_type = var.worker_instance_type
  # Not as a network interface: the hub names the subnet, and AWS rejects both together.
  vpc_security_group_ids = [aws_security_group.worker.id]

  # An instance that shuts itself down is terminated.
  instance_initiated_shutdown_behavior = "terminate"
  update_default_version               = true

  iam_instance_profile {
    arn = aws_iam_instance_profile.worker.arn
  }

  # Its role's credentials are out of reach of forged requests and of containers; its own tags need no
  # permission.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
    instance_metadata_tags      = "enabled"
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_size           = var.worker_disk_gb
      volume_type           = "gp3"
      encrypted             = true
      delete_on_termination = true
    }
  }
}
