//! Connections with and without TLS.

use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_platform_verifier::Verifier;
use tokio_postgres::{Client, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::server::Server;
use crate::collect::database::protection::Protection;

/// Why there is no connection.
#[derive(Debug)]
pub enum ConnectError {
    /// What is needed here cannot be used: certificates, TLS itself. A sentence without a full stop.
    Here(String),
    /// The server refused, or is not there.
    There(tokio_postgres::Error),
}

impl From<tokio_postgres::Error> for ConnectError {
    fn from(error: tokio_postgres::Error) -> ConnectError {
        ConnectError::There(error)
    }
}

/// Connects, with TLS where the address asks for it. The connection lives as long as the runtime on which this is called.
pub async fn connect(server: &Server, patience: Duration) -> Result<Client, ConnectError> {
    let mut config = server.config.clone();
    config.connect_timeout(patience);
    if server.protection == Protection::Plain {
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        return Ok(client);
    }
    let tls = MakeRustlsConnect::new(settings(server).map_err(ConnectError::Here)?);
    let (client, connection) = config.connect(tls).await?;
    tokio::spawn(connection);
    Ok(client)
}

#[expect(clippy::disallowed_methods, reason = "the certificates to trust are a file")]
fn settings(server: &Server) -> Result<ClientConfig, String> {
    let provider = Arc::new(ring::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = match (server.protection, &server.roots) {
        (Protection::Plain | Protection::IfOffered | Protection::Unchecked, _) => Arc::new(Anyone(Arc::clone(&provider))),
        (Protection::Checked, None) => {
            let verifier = Verifier::new(Arc::clone(&provider));
            Arc::new(verifier.map_err(|error| format!("the system's certificates cannot be used: {error}"))?)
        }
        (Protection::Checked, Some(path)) => {
            let pem = std::fs::read(path).map_err(|error| format!("sslrootcert {}: {error}", path.display()))?;
            let mut roots = RootCertStore::empty();
            let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
            let added = read.ok().and_then(|read| read.into_iter().try_for_each(|root| roots.add(root)).ok());
            if added.is_none() || roots.is_empty() {
                return Err(format!("sslrootcert {} holds no certificate; expected PEM text", path.display()));
            }
            let verifier =
                rustls::client::WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build();
            verifier.map_err(|error| format!("sslrootcert {}: {error}", path.display()))?
        }
    };
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| format!("TLS cannot start: {error}"))?;
    Ok(config.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// Takes any certificate, as `sslmode=require` means it: against who only listens, not against who answers in the server's place.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
