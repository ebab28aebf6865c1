"""Judged sets: invented sentences with what is meant, to measure confidences on."""
