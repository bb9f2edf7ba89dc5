//! Buckets of S3 and of what speaks like it, over the program's own HTTP and TLS.

use crate::outbound::client;
use anyhow::{Context, bail};
use async_trait::async_trait;
use http_body_util::BodyExt;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector as TcpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody, HttpResponse,
    HttpResponseBody, HttpService,
};
use object_store::{BackoffConfig, ClientOptions, RetryConfig};
use std::time::Duration;

/// How a bucket is reached. What is empty comes from the variables that the tools of S3 share (`AWS_ACCESS_KEY_ID`,
/// `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT_URL`).
#[derive(Clone, Default)]
pub struct Access {
    /// URL of the service; empty: Amazon's.
    pub endpoint: String,
    /// Region.
    pub region: String,
    /// Who.
    pub access_key_id: String,
    /// And the secret.
    pub secret_access_key: String,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// Longest that connecting takes.
const CONNECT: Duration = Duration::from_secs(10);
/// Longest that sending a part and waiting for its answer takes: 8 MiB over a slow line.
const ANSWER: Duration = Duration::from_secs(300);
/// How long what fails is tried again.
const RETRY: Duration = Duration::from_secs(60);

/// The bucket.
pub fn bucket(name: &str, access: &Access) -> anyhow::Result<AmazonS3> {
    if name.is_empty() || name.contains(['/', '?', '#', '@', ':']) {
        bail!("\"{name}\" is not the name of a bucket; a target is s3://BUCKET or s3://BUCKET/PREFIX");
    }
    let mut builder = AmazonS3Builder::from_env()
        .with_bucket_name(name)
        .with_http_connector(Connector)
        .with_retry(RetryConfig { backoff: BackoffConfig::default(), max_retries: 5, retry_timeout: RETRY });
    let set = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    if let Some(endpoint) = set(&access.endpoint) {
        builder = builder.with_endpoint(endpoint);
    }
    if let Some(region) = set(&access.region) {
        builder = builder.with_region(region);
    }
    if let (Some(id), Some(secret)) = (set(&access.access_key_id), set(&access.secret_access_key)) {
        builder = builder.with_access_key_id(id).with_secret_access_key(secret);
    }
    let endpoint = access.endpoint.clone();
    let own = std::env::var("AWS_ENDPOINT_URL").unwrap_or_default();
    // Http is what the operator has written there, such as a server beside this one.
    let plain = [&endpoint, &own].into_iter().find(|url| !url.is_empty());
    let builder = builder.with_allow_http(plain.is_some_and(|url| url.starts_with("http://")));
    builder.build().with_context(|| format!("s3://{name} cannot be reached with these settings"))
}

#[derive(Debug)]
struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let mut tcp = TcpConnector::new();
        tcp.set_connect_timeout(Some(CONNECT));
        tcp.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(client::encryption())
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector);
        Ok(HttpClient::new(Hyper(client)))
    }
}

#[derive(Debug)]
struct Hyper(Client<HttpsConnector<TcpConnector>, HttpRequestBody>);

#[async_trait]
impl HttpService for Hyper {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let answer = tokio::time::timeout(ANSWER, self.0.request(request)).await;
        let answer = answer.map_err(|late| HttpError::new(HttpErrorKind::Timeout, late))?;
        let answer = answer.map_err(|error| {
            let kind = if error.is_connect() { HttpErrorKind::Connect } else { HttpErrorKind::Request };
            HttpError::new(kind, error)
        })?;
        let (head, body) = answer.into_parts();
        let body = body.map_err(|error| HttpError::new(HttpErrorKind::Interrupted, error));
        Ok(HttpResponse::from_parts(head, HttpResponseBody::new(body)))
    }
}
