"""Deduplicate, find the participant-days that changed, select the delta."""
