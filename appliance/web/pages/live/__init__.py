"""Live pictures: the page on which somebody begins a look, and the look itself."""
