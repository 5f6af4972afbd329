"""What the keeper does by itself, minute by minute, a module for each subject; ``housekeeping`` calls them."""
