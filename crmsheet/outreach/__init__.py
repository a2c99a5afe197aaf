"""What leaves the program for people's calendars and messages."""
