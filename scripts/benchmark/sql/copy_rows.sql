copy by_hand (timestamp, value) from stdin (format binary);
