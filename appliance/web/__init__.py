"""Pages and media for browsers on the LAN. Holds no key, opens no footage.

A room per subject, and the frame around them here: ``docs/design/web.md``.
"""
