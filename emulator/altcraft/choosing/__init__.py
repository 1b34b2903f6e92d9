"""What chooses people: segments and their rules, suppression lists, and the audience of a launch."""
