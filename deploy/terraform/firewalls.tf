# Permitted connections: people to the load balancer, the load balancer to the web servers, these and the
# workers to the database. Nothing connects to a worker.

resource "aws_security_group" "balancer" {
  name        = "${var.name}-balancer"
  description = "The load balancer"
  vpc_id      = aws_vpc.hub.id
}

resource "aws_vpc_security_group_ingress_rule" "balancer" {
  for_each = { http = 80, https = 443 }

  security_group_id = aws_security_group.balancer.id
  description       = "People, by ${each.key}"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
}

resource "aws_vpc_security_group_egress_rule" "balancer" {
  security_group_id            = aws_security_group.balancer.id
  description                  = "The web servers, and the events beside them"
  referenced_security_group_id = aws_security_group.web.id
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8081
}

resource "aws_security_group" "web" {
  name        = "${var.name}-web"
  description = "Web servers and the sweeper"
  vpc_id      = aws_vpc.hub.id
}

resource "aws_vpc_security_group_ingress_rule" "web" {
  security_group_id            = aws_security_group.web.id
  description                  = "The load balancer"
  referenced_security_group_id = aws_security_group.balancer.id
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8081
}

resource "aws_security_group" "worker" {
  name        = "${var.name}-worker"
  description = "Workers"
  vpc_id      = aws_vpc.hub.id
}

resource "aws_vpc_security_group_egress_rule" "everywhere" {
  for_each = { web = aws_security_group.web.id, worker = aws_security_group.worker.id }

  security_group_id = each.value
  description       = "AWS and the package index; algorithms themselves have no network"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}

resource "aws_security_group" "database" {
  name        = "${var.name}-database"
  description = "The database"
  vpc_id      = aws_vpc.hub.id
}

resource "aws_vpc_security_group_ingress_rule" "database" {
  for_each = { web = aws_security_group.web.id, worker = aws_security_group.worker.id }

  security_group_id            = aws_security_group.database.id
  description                  = "From ${each.key}"
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}
