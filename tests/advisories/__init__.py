"""What is known of flaws: read, matched, kept, and held against what others say."""
