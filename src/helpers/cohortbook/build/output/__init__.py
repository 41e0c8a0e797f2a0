"""What stands beside the documents: figures, tables, statistics, provenance."""
