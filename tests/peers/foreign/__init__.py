"""Cameras that are not ours: other people's servers, fed so that what each sends is known picture by picture."""
