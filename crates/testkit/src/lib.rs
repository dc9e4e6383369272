//! Test doubles and measurements for real-time media.
