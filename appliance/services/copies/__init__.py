"""Making the copy that an agency views, and ending it when nobody else does."""
