"""The emulator's own pages: health, control plane, documentation."""
