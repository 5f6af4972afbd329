"""RTSP: the connection, the session description, RTP packets and their payloads."""
