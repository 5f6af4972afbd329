"""The site as a whole: its routes, the application over them, and their description."""
