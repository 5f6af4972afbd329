"""What the office writes: drafts and documents, people and cases as pages need them."""
