"""Camera kinds that ship with the recorder, and what they share."""
