"""Marstek devices on the local network, and what they said."""
