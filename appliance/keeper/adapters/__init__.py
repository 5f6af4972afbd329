"""What each book knows of the rest of the keeper, and what is put together of all of them."""
