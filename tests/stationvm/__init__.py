"""A whole Debian PC under QEMU, made into a viewing station by ``deploy/station/install``: disk, screen, keys."""
