"""Pages and media for browsers on the LAN. Holds no key, opens no footage."""
