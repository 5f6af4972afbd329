"""What two people may see of a granted case, what of it was released and shown, and what is masked."""
