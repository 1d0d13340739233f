"""How the ledger's tables are brought up to date."""
