"""The machine under the keeper: the room on its disk, and what it tells of itself."""
