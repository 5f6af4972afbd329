"""The office recorder: an encrypted CCTV recorder that carries out a government office's rules of custody."""

__all__ = ["__version__"]

__version__ = "0.1.0"
