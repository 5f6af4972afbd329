"""How processes talk: framed messages over Unix sockets, the serving side, and who is calling."""
