"""What differs between one machine and many: storage of files, queues, launching of workers."""
