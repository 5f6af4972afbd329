"""The office's people: accounts, log-ins, second factors, posts and roles, and acts that need two of them."""
