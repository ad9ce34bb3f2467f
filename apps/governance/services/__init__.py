"""What staff do across everything: letting partners and people in and out."""
