"""What changes analyses: uploading, publishing, closing."""
