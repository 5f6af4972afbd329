"""What the office decides itself: retention, calendar, time, and its policy packs."""
