# Web servers with the streams of events, and the sweeper, in two zones behind a load balancer with HTTPS.

resource "aws_launch_template" "web" {
  name                   = "${var.name}-web"
  image_id               = var.image_id
  instance_type          = var.web_instance_type
  vpc_security_group_ids = [aws_security_group.web.id]
  update_default_version = true

  iam_instance_profile {
    arn = aws_iam_instance_profile.web.arn
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      # Uploads arrive here before they go to the bucket, packed and unpacked.
      volume_size           = 100
      volume_type           = "gp3"
      encrypted             = true
      delete_on_termination = true
    }
  }

  user_data = base64encode(<<-SCRIPT
    #!/bin/bash
    # Only the load balancer reaches it.
    for part in web:8080 events:8081; do
      folder=/etc/systemd/system/valhub-$${part%:*}.socket.d
      mkdir -p "$folder"
      printf '[Socket]\nListenStream=\nListenStream=0.0.0.0:%s\n' "$${part#*:}" >"$folder/address.conf"
    done
    systemctl daemon-reload
    systemctl enable --now valhub-web.socket valhub-web.service valhub-sweeper.service
    systemctl enable --now valhub-events.socket valhub-events.service
  SCRIPT
  )

  tag_specifications {
    resource_type = "instance"
    tags          = { Name = "${var.name}-web" }
  }
}

resource "aws_autoscaling_group" "web" {
  name                      = "${var.name}-web"
  min_size                  = var.web_instances
  max_size                  = var.web_instances + 1
  vpc_zone_identifier       = aws_subnet.private[*].id
  target_group_arns         = [aws_lb_target_group.web.arn, aws_lb_target_group.events.arn]
  health_check_type         = "ELB"
  health_check_grace_period = 300

  launch_template {
    id      = aws_launch_template.web.id
    version = aws_launch_template.web.latest_version
  }

  # A new image replaces the instances one by one, each when its successor is ready.
  instance_refresh {
    strategy = "Rolling"

    preferences {
      min_healthy_percentage = 100
      max_healthy_percentage = 150
    }
  }

  depends_on = [aws_ssm_parameter.web, aws_ssm_parameter.database_url, aws_ssm_parameter.secret_key]
}

# Access logs stay off: they would contain the queries of requests, and a documented sign-in may carry a
# password there. The hub logs every request itself.
resource "aws_lb" "hub" {
  name                       = var.name
  load_balancer_type         = "application"
  subnets                    = aws_subnet.public[*].id
  security_groups            = [aws_security_group.balancer.id]
  drop_invalid_header_fields = true
  idle_timeout               = 300
}

resource "aws_lb_target_group" "web" {
  name                 = "${var.name}-web"
  vpc_id               = aws_vpc.hub.id
  port                 = 8080
  protocol             = "HTTP"
  deregistration_delay = 60

  health_check {
    path                = "/readyz"
    matcher             = "200"
    interval            = 15
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }
}

# A silent stream has a heartbeat each 15 seconds, well within the balancer's idle timeout.
resource "aws_lb_target_group" "events" {
  name                 = "${var.name}-events"
  vpc_id               = aws_vpc.hub.id
  port                 = 8081
  protocol             = "HTTP"
  deregistration_delay = 5

  health_check {
    path                = "/readyz"
    matcher             = "200"
    interval            = 15
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.hub.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = aws_acm_certificate_validation.hub.certificate_arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.web.arn
  }
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.hub.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "redirect"

    redirect {
      port        = "443"
      protocol    = "HTTPS"
      status_code = "HTTP_301"
    }
  }
}

# The hub's metrics are for Prometheus inside the network.
resource "aws_lb_listener_rule" "no_metrics" {
  listener_arn = aws_lb_listener.https.arn
  priority     = 1

  condition {
    path_pattern {
      values = ["/metrics"]
    }
  }

  action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "There is no such thing here."
      status_code  = "404"
    }
  }
}

resource "aws_lb_listener_rule" "events" {
  listener_arn = aws_lb_listener.https.arn
  priority     = 2

  condition {
    path_pattern {
      values = ["/api/v1/submissions/*/events"]
    }
  }

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.events.arn
  }
}

resource "aws_acm_certificate" "hub" {
  domain_name       = var.host
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route53_record" "proof" {
  for_each = {
    for one in aws_acm_certificate.hub.domain_validation_options : one.domain_name => one
  }

  zone_id = var.dns_zone_id
  name    = each.value.resource_record_name
  type    = each.value.resource_record_type
  records = [each.value.resource_record_value]
  ttl     = 60
}

resource "aws_acm_certificate_validation" "hub" {
  certificate_arn         = aws_acm_certificate.hub.arn
  validation_record_fqdns = [for one in aws_route53_record.proof : one.fqdn]
}

resource "aws_route53_record" "hub" {
  zone_id = var.dns_zone_id
  name    = var.host
  type    = "A"

  alias {
    name                   = aws_lb.hub.dns_name
    zone_id                = aws_lb.hub.zone_id
    evaluate_target_health = true
  }
}
