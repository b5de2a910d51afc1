# The permissions of each part, and no others. The web servers, which also run the sweeper, store archives,
# create queues and launch workers; a worker reads archives and listens.

data "aws_caller_identity" "current" {}

locals {
  account  = data.aws_caller_identity.current.account_id
  queues   = "arn:aws:sqs:${var.region}:${local.account}:${var.name}-*"
  archives = "${aws_s3_bucket.archives.arn}/*"
}

data "aws_iam_policy_document" "instances" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "web" {
  name               = "${var.name}-web"
  assume_role_policy = data.aws_iam_policy_document.instances.json
}

resource "aws_iam_role" "worker" {
  name               = "${var.name}-worker"
  assume_role_policy = data.aws_iam_policy_document.instances.json
}

resource "aws_iam_instance_profile" "web" {
  name = aws_iam_role.web.name
  role = aws_iam_role.web.name
}

resource "aws_iam_instance_profile" "worker" {
  name = aws_iam_role.worker.name
  role = aws_iam_role.worker.name
}

data "aws_iam_policy_document" "web" {
  statement {
    sid       = "Archives"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    resources = [local.archives]
  }

  statement {
    sid       = "ListArchives"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.archives.arn]
  }

  statement {
    sid = "Queues"
    actions = [
      "sqs:CreateQueue", "sqs:GetQueueUrl", "sqs:GetQueueAttributes", "sqs:SendMessage",
    ]
    resources = [local.queues]
  }

  statement {
    sid       = "IsTheBrokerThere"
    actions   = ["sqs:ListQueues"]
    resources = ["*"]
  }

  # Only from the workers' own template, so with their image, role, network and encrypted disk.
  statement {
    sid       = "LaunchWorkers"
    actions   = ["ec2:RunInstances"]
    resources = ["arn:aws:ec2:${var.region}:${local.account}:*/*", "arn:aws:ec2:${var.region}::image/${var.image_id}"]

    condition {
      test     = "ArnEquals"
      variable = "ec2:LaunchTemplate"
      values   = [aws_launch_template.worker.arn]
    }

    condition {
      test     = "Bool"
      variable = "ec2:IsLaunchTemplateResource"
      values   = ["true"]
    }
  }

  # Resources that are new, or named beside the template: the instance with its parts, and its place.
  statement {
    sid     = "LaunchWorkersInTheirNetwork"
    actions = ["ec2:RunInstances"]
    resources = concat(aws_subnet.private[*].arn, [
      for part in ["instance", "network-interface", "volume"] :
      "arn:aws:ec2:${var.region}:${local.account}:${part}/*"
    ])

    condition {
      test     = "ArnEquals"
      variable = "ec2:LaunchTemplate"
      values   = [aws_launch_template.worker.arn]
    }
  }

  statement {
    sid       = "TagWhatIsLaunched"
    actions   = ["ec2:CreateTags"]
    resources = ["arn:aws:ec2:${var.region}:${local.account}:*/*"]

    condition {
      test     = "StringEquals"
      variable = "ec2:CreateAction"
      values   = ["RunInstances"]
    }
  }

  statement {
    sid       = "EndWorkers"
    actions   = ["ec2:TerminateInstances"]
    resources = ["arn:aws:ec2:${var.region}:${local.account}:instance/*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/valhub_hub"
      values   = ["${var.name}-"]
    }
  }

  statement {
    sid       = "FindWorkers"
    actions   = ["ec2:DescribeInstances"]
    resources = ["*"]
  }

  statement {
    sid       = "GiveWorkersTheirRole"
    actions   = ["iam:PassRole"]
    resources = [aws_iam_role.worker.arn]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ec2.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "worker" {
  statement {
    sid       = "Archives"
    actions   = ["s3:GetObject"]
    resources = [local.archives]
  }

  # Without it, a missing archive looks like a forbidden one.
  statement {
    sid       = "ListArchives"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.archives.arn]
  }

  statement {
    sid = "Queues"
    actions = [
      "sqs:CreateQueue", "sqs:GetQueueUrl", "sqs:GetQueueAttributes", "sqs:SendMessage",
      "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility",
    ]
    resources = [local.queues]
  }

  statement {
    sid       = "IsTheBrokerThere"
    actions   = ["sqs:ListQueues"]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "own" {
  for_each = toset(["web", "worker"])

  statement {
    sid     = "OwnSettings"
    actions = ["ssm:GetParametersByPath"]
    resources = [
      for end in ["", "/*"] :
      "arn:aws:ssm:${var.region}:${local.account}:parameter/${var.name}-${each.key}${end}"
    ]
  }

  statement {
    sid       = "OwnLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
    resources = ["${aws_cloudwatch_log_group.part[each.key].arn}:*"]
  }
}

resource "aws_iam_role_policy" "web" {
  name   = "hub"
  role   = aws_iam_role.web.id
  policy = data.aws_iam_policy_document.web.json
}

resource "aws_iam_role_policy" "worker" {
  name   = "hub"
  role   = aws_iam_role.worker.id
  policy = data.aws_iam_policy_document.worker.json
}

resource "aws_iam_role_policy" "own" {
  for_each = { web = aws_iam_role.web.id, worker = aws_iam_role.worker.id }

  name   = "own"
  role   = each.value
  policy = data.aws_iam_policy_document.own[each.key].json
}

# Staff reach an instance through Systems Manager; there is no SSH.
resource "aws_iam_role_policy_attachment" "session" {
  for_each = { web = aws_iam_role.web.name, worker = aws_iam_role.worker.name }

  role       = each.value
  policy_arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
}

resource "aws_cloudwatch_log_group" "part" {
  for_each = toset(["web", "worker"])

  name              = "/${var.name}/${each.key}"
  retention_in_days = var.log_days
}
