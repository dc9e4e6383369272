//! RTP and RTCP as borrowed values: parse, build, patch, report.
