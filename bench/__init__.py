"""Measurements of the numbers that this application is judged by. Run them with `make bench`."""
