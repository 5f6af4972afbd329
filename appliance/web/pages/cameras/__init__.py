"""Cameras as pages: the list and its publication, one camera with its acts, the form of a draft."""
