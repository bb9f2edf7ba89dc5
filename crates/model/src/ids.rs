//! Identifiers. Each is a UUID in a type of its own, so that a link is never taken for a workspace.

use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The sixteen bytes of the id, big-endian as RFC 9562 orders them.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

id! {
    /// A workspace (tenant).
    WorkspaceId;
    /// A member of a workspace.
    MemberId;
    /// An API token.
    TokenId;
    /// A link: what a code points to.
    LinkId;
    /// A step of a workflow; it keeps its id across the published versions.
    StepId;
    /// The look of a QR code.
    DesignId;
    /// A custom domain.
    DomainId;
    /// A scan: UUIDv7, its milliseconds being the scan's time.
    ScanId;
    /// A trace: what a scan did in a step.
    TraceId;
    /// A durable background job.
    JobId;
}
