"""Where footage and its keys are kept, found and destroyed: keys, index, ring, trusted time."""
