"""Ways to break the machine under the recorder, and the tests that prove each way works."""
