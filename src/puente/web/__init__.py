"""The pages and the JSON interface: what a signed-in person may see, for the purpose they named."""
