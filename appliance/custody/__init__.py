"""The trust boundary: keys, log-ins, ring, grants, playback, destruction. Runs in the keeper."""
