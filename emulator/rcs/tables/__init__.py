"""What the RCS provider stores."""
