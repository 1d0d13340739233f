"""Which records speak of one thing: names, keys, the trained model, clusters, profiles."""
