"""The bucket, for all tests of it."""

from services.bucket import aws, aws_server, bucket, bucket_url, s3, services_described_once

__all__ = ["aws", "aws_server", "bucket", "bucket_url", "s3", "services_described_once"]
