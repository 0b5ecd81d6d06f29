"""What the tunnel sends and takes: rows, Arrow batches and their checksums; pure."""
