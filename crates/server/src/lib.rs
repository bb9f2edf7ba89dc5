//! Quietzone.
