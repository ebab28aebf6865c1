"""Kibana's saved objects: made by code, kept as a file, checked without a Kibana."""
