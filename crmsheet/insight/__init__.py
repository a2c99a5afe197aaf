"""The figures of the review about the team as a whole (SPEC §8): values in, values out."""
