"""The guided tour of a trial office: where it stands, and its sample case."""
