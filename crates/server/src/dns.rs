//! Look-ups in the domain name system: what a domain's owner has written there for us. A stub resolver (RFC 1035 §7.1): it
//! asks the configured name servers, over UDP and, where an answer is cut short, TCP. Nothing is remembered: who checks has
//! just changed something and wants to see it.

use rand::Rng;
use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, PacketFlag, QCLASS, QTYPE, Question, RCODE, TYPE};
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};

/// Longest that one server is waited for.
const PATIENCE: Duration = Duration::from_secs(2);
/// Times that all servers are asked.
const ROUNDS: usize = 2;
/// Where the system's name servers stand.
const SYSTEM: &str = "/etc/resolv.conf";

/// Asks name servers.
#[derive(Clone, Debug)]
pub struct Dns {
    servers: Vec<SocketAddr>,
}

/// Why a look-up has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the name servers could not be asked about {name}: {why}")]
pub struct DnsError {
    name: String,
    why: String,
}

impl Dns {
    /// Asks these servers, or, with none, those of the system.
    pub fn new(servers: &[SocketAddr]) -> Self {
        Self { servers: servers.to_vec() }
    }

    /// Texts at a name; none where there are none.
    pub async fn texts(&self, name: &str) -> Result<Vec<String>, DnsError> {
        self.records(name, TYPE::TXT, |data| match data {
            RData::TXT(text) => {
                let parts = text.iter_raw().map(|(key, value)| match value {
                    Some(value) => [key, b"=", value].concat(),
                    None => key.to_vec(),
                });
                Some(String::from_utf8_lossy(&parts.collect::<Vec<_>>().concat()).into_owned())
            }
            _ => None,
        })
        .await
    }

    /// Addresses of a name; none where there are none.
    pub async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, DnsError> {
        let v4 = self.records(name, TYPE::A, |data| match data {
            RData::A(found) => Some(IpAddr::V4(Ipv4Addr::from(found.address))),
            _ => None,
        });
        let v6 = self.records(name, TYPE::AAAA, |data| match data {
            RData::AAAA(found) => Some(IpAddr::V6(Ipv6Addr::from(found.address))),
            _ => None,
        });
        match tokio::join!(v4, v6) {
            (Err(error), Err(_)) => Err(error),
            (v4, v6) => Ok(v4.into_iter().flatten().chain(v6.into_iter().flatten()).collect()),
        }
    }

    /// Name servers of a zone; none where a name is no zone.
    pub async fn name_servers(&self, zone: &str) -> Result<Vec<String>, DnsError> {
        self.records(zone, TYPE::NS, |data| match data {
            RData::NS(server) => Some(server.0.to_string()),
            _ => None,
        })
        .await
    }

    async fn records<T>(
        &self,
        name: &str,
        kind: TYPE,
        read: impl Fn(&RData<'_>) -> Option<T>,
    ) -> Result<Vec<T>, DnsError> {
        let failed = |why: String| DnsError { name: name.to_owned(), why };
        let query = query(name, kind).map_err(|error| failed(error.to_string()))?;
        let servers = if self.servers.is_empty() { system() } else { self.servers.clone() };
        let mut why = "no name server is configured".to_owned();
        for server in (0..ROUNDS).flat_map(|_| &servers) {
            match ask(*server, &query, &read).await {
                Ok(found) => return Ok(found),
                Err(error) => why = format!("{server}: {error}"),
            }
        }
        Err(failed(why))
    }
}

/// Name servers of the system, as its resolver is told them.
fn system() -> Vec<SocketAddr> {
    let text = std::fs::read_to_string(SYSTEM).unwrap_or_default();
    let server = |line: &str| line.trim().strip_prefix("nameserver")?.trim().parse::<IpAddr>().ok();
    text.lines().filter_map(server).map(|ip| SocketAddr::new(ip, 53)).collect()
}

fn query(name: &str, kind: TYPE) -> simple_dns::Result<Vec<u8>> {
    let mut packet = Packet::new_query(rand::rng().random());
    packet.set_flags(PacketFlag::RECURSION_DESIRED);
    packet.questions.push(Question::new(
        Name::new(name)?,
        QTYPE::TYPE(kind),
        QCLASS::CLASS(CLASS::IN),
        false,
    ));
    packet.build_bytes_vec()
}

async fn ask<T>(
    server: SocketAddr,
    query: &[u8],
    read: &impl Fn(&RData<'_>) -> Option<T>,
) -> io::Result<Vec<T>> {
    let answer = in_time(by_udp(server, query)).await?;
    if let Some(found) = understood(&answer, query, read)? {
        return Ok(found);
    }
    let answer = in_time(by_tcp(server, query)).await?;
    understood(&answer, query, read)?.ok_or_else(|| io::Error::other("the answer is cut short"))
}

async fn in_time<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    tokio::time::timeout(PATIENCE, work).await.map_err(|_| io::Error::other("no answer in time"))?
}

async fn by_udp(server: SocketAddr, query: &[u8]) -> io::Result<Vec<u8>> {
    let any: IpAddr =
        if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(server).await?;
    socket.send(query).await?;
    let mut answer = vec![0; 4096];
    loop {
        let length = socket.recv(&mut answer).await?;
        // Another number is the answer to another question, or somebody's guess.
        if answer[..length].get(..2) == query.get(..2) {
            answer.truncate(length);
            return Ok(answer);
        }
    }
}

async fn by_tcp(server: SocketAddr, query: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(server).await?;
    let length = u16::try_from(query.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes()[..], query].concat()).await?;
    let length = stream.read_u16().await?;
    let mut answer = vec![0; usize::from(length)];
    stream.read_exact(&mut answer).await?;
    Ok(answer)
}

/// What an answer has; nothing where it is cut short.
fn understood<T>(
    answer: &[u8],
    query: &[u8],
    read: &impl Fn(&RData<'_>) -> Option<T>,
) -> io::Result<Option<Vec<T>>> {
    let answer = Packet::parse(answer).map_err(io::Error::other)?;
    let query = Packet::parse(query).map_err(io::Error::other)?;
    let same = |a: &Question<'_>, b: &Question<'_>| {
        a.qtype == b.qtype && a.qname.to_string().eq_ignore_ascii_case(&b.qname.to_string())
    };
    let asked = query.questions.first().zip(answer.questions.first());
    if answer.id() != query.id() || !asked.is_some_and(|(asked, told)| same(asked, told)) {
        return Err(io::Error::other("the answer is to another question"));
    }
    if answer.has_flags(PacketFlag::TRUNCATION) {
        return Ok(None);
    }
    match answer.rcode() {
        RCODE::NoError => Ok(Some(answer.answers.iter().filter_map(|record| read(&record.rdata)).collect())),
        RCODE::NameError => Ok(Some(Vec::new())),
        other => Err(io::Error::other(format!("it answers {other:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use simple_dns::ResourceRecord;
    use simple_dns::rdata::{A, TXT};

    fn answered(query: &[u8], change: impl FnOnce(&mut Packet<'_>)) -> Vec<u8> {
        let query = Packet::parse(query).unwrap();
        let mut answer = query.into_reply();
        change(&mut answer);
        answer.build_bytes_vec().unwrap()
    }

    #[test]
    fn an_answer_is_to_its_question_or_it_is_none() {
        let asked = query("go.example.com", TYPE::A).unwrap();
        let read = |data: &RData<'_>| matches!(data, RData::A(_)).then_some(());
        let with_address = |answer: &mut Packet<'_>| {
            let name = Name::new_unchecked("go.example.com");
            let data = RData::A(A { address: 0x7f00_0001 });
            answer.answers.push(ResourceRecord::new(name, CLASS::IN, 0, data));
        };
        let good = answered(&asked, with_address);
        assert_eq!(understood(&good, &asked, &read).unwrap(), Some(vec![()]));
        let none = answered(&asked, |answer| *answer.rcode_mut() = RCODE::NameError);
        assert_eq!(understood(&none, &asked, &read).unwrap(), Some(vec![]));
        let cut = answered(&asked, |answer| answer.set_flags(PacketFlag::TRUNCATION));
        assert_eq!(understood(&cut, &asked, &read).unwrap(), None);
        let refused = answered(&asked, |answer| *answer.rcode_mut() = RCODE::Refused);
        assert!(understood(&refused, &asked, &read).is_err());
        let other = query("other.example.com", TYPE::A).unwrap();
        let mut forged = answered(&other, with_address);
        forged[..2].copy_from_slice(&asked[..2]);
        assert!(understood(&forged, &asked, &read).is_err());
        for cut in 0..good.len() {
            let _ = understood(&good[..cut], &asked, &read);
        }
    }

    #[tokio::test]
    async fn what_does_not_fit_a_datagram_is_asked_for_again() {
        let (udp, tcp) = loop {
            let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            if let Ok(tcp) = tokio::net::TcpListener::bind(udp.local_addr().unwrap()).await {
                break (udp, tcp);
            }
        };
        let server = udp.local_addr().unwrap();
        let serve = async {
            let mut bytes = [0; 512];
            let (length, client) = udp.recv_from(&mut bytes).await.unwrap();
            let cut = answered(&bytes[..length], |answer| answer.set_flags(PacketFlag::TRUNCATION));
            udp.send_to(&cut, client).await.unwrap();
            let (mut stream, _) = tcp.accept().await.unwrap();
            let length = stream.read_u16().await.unwrap();
            let mut asked = vec![0; usize::from(length)];
            stream.read_exact(&mut asked).await.unwrap();
            let whole = answered(&asked, |answer| {
                let name = Name::new_unchecked("_quietzone.go.example.com");
                let text = TXT::new().with_string("quietzone-domain=a=b").unwrap();
                answer.answers.push(ResourceRecord::new(name, CLASS::IN, 0, RData::TXT(text)));
            });
            stream.write_u16(whole.len() as u16).await.unwrap();
            stream.write_all(&whole).await.unwrap();
        };
        let dns = Dns::new(&[server]);
        let (found, ()) = tokio::join!(dns.texts("_quietzone.go.example.com"), serve);
        assert_eq!(found.unwrap(), ["quietzone-domain=a=b"]);
    }
}
