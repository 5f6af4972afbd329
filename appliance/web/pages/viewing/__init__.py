"""A viewing: the player's page over one grant, and the granted footage on its way to it."""
