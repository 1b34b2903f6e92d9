"""What all sends of the RCS provider take, check and answer."""
