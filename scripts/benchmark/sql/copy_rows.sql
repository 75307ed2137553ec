copy by_hand (participant_id, timestamp, value, confidence) from stdin (format binary)
