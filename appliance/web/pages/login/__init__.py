"""The way in: trust in the recorder's certificate, logging in, one's own account."""
