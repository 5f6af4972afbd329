"""What the office decides itself: its figures, and the policy packs."""
