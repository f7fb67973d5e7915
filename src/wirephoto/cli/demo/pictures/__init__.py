"""How the demo paints its pictures. Needs libvips."""
