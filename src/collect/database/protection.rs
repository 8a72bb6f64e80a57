//! How a connection is protected.

/// From whom a connection is kept. Where an address says nothing: [`Protection::Plain`] for this machine, else [`Protection::Checked`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protection {
    /// `disable`, `DISABLED`: plain.
    Plain,
    /// `prefer`, `allow`, `PREFERRED`: TLS where the server speaks it, whoever it is.
    IfOffered,
    /// `require`, `REQUIRED`: TLS, whoever the server is.
    Unchecked,
    /// `verify-full`, `VERIFY_IDENTITY`, and `verify-ca`, `VERIFY_CA` too: TLS with a certificate that is trusted and made for this host.
    Checked,
}

impl Protection {
    /// The meaning of libpq's words and of MySQL's.
    pub(super) fn named(word: &str) -> Option<Protection> {
        match word.to_ascii_lowercase().replace('_', "-").as_str() {
            "disable" | "disabled" => Some(Protection::Plain),
            "allow" | "prefer" | "preferred" => Some(Protection::IfOffered),
            "require" | "required" => Some(Protection::Unchecked),
            "verify-ca" | "verify-full" | "verify-identity" => Some(Protection::Checked),
            _ => None,
        }
    }
}

/// Whether a host is this machine, so that nobody on a network can read along.
pub(super) fn is_here(host: &str) -> bool {
    host == "localhost" || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
