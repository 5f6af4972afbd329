"""What ends by itself: holds and pins whose time is over, and the warnings before."""
