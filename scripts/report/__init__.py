"""The report: one self-contained HTML page, made from the marts (``python -m scripts.report``)."""
