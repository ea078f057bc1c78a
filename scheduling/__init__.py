"""What the batteries shall do, when and why."""
