"""Where records and decisions are kept: machines write the lake, people write the ledger."""
