"""What the office prints: the forms (``sheets``), filled from cases (``from_cases``), and the list of cameras."""
