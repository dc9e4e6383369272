//! Both directions together, and what others send.
