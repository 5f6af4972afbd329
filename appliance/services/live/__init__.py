"""Live looks: who may begin one and while it goes on, its pictures, and the record of them all."""
