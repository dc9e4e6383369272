//! Both directions together.
