"""What each page shows, read through a View into plain frozen values; no HTTP and no HTML."""
