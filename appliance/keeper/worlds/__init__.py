"""What each book knows of the rest of the keeper: people, cameras, calendar, footage."""
