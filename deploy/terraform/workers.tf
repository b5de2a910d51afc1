# What workers are launched from. The hub adds the tag that says for which analysis, and what to run.

resource "aws_launch_template" "worker" {
  name          = "${var.name}-worker"
  image_id      = var.image_id
  instance_type = var.worker_instance_type
  # Not as a network interface: the hub names the subnet, which is refused together with one.
  vpc_security_group_ids = [aws_security_group.worker.id]

  # One that switches itself off is gone.
  instance_initiated_shutdown_behavior = "terminate"
  update_default_version               = true

  iam_instance_profile {
    arn = aws_iam_instance_profile.worker.arn
  }

  # Its role's credentials are out of reach for what tricks a program into a request, or sits in a
  # container; its own tags need no permission.
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
