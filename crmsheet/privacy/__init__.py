"""Private values of people: how they are masked, and how they are found in any text (S000-21, S002-98..100,
S003-6..9).
"""
