//! Connections that serve more than one request.
