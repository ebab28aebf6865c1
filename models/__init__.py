"""The entity recognition models Dateline ships, and the recipe that makes them."""
