"""The network: what joins two entities, how many steps apart they stand, and who owns whom."""
