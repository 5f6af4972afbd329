"""The keeper process: custody's parts opened together, served on its socket, and kept in order."""
