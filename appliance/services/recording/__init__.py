"""What the keeper knows of the recorder, and what it answers its reports."""
