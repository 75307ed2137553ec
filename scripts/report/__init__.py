"""The report: one self-contained HTML page from the marts (``python -m scripts.report``)."""
