"""System checks: what two settings together get wrong."""
