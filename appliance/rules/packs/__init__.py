"""The policy pack (規範版本): the office's rules, numbers, chains and papers as one dated file (十, ``D-22``)."""
