"""What the office does with the recorder, a package for each subject. Runs in the keeper."""
