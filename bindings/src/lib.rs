//! uniffi façade.
