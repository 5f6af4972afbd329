"""The registers around the cameras: incidents, vendors, maintenance, media, live-view authorisations. Tables and pure
functions."""
