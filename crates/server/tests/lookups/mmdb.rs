//! Small files in MaxMind's format (MaxMind DB 2.0), so that tests need no file from outside.

use std::net::IpAddr;

/// A value of the data section.
#[derive(Clone)]
pub enum Value {
    Text(&'static str),
    Short(u16),
    Number(u32),
    Long(u64),
    Double(f64),
    Map(Vec<(&'static str, Value)>),
    List(Vec<Value>),
}

/// A file of the given IP version that holds one record for each network (address, length of the prefix).
pub fn file(ip_version: u16, kind: &'static str, networks: &[(&str, usize, Value)]) -> Vec<u8> {
    #[derive(Clone, Copy)]
    enum Slot {
        Empty,
        Node(usize),
        Data(usize),
    }
    let mut nodes = vec![[Slot::Empty; 2]];
    let mut data = Vec::new();
    for (address, prefix, value) in networks {
        let bits: Vec<usize> = match address.parse().unwrap() {
            IpAddr::V4(v4) => (0..32).map(|i| (v4.to_bits() >> (31 - i) & 1) as usize).collect(),
            IpAddr::V6(v6) => (0..128).map(|i| (v6.to_bits() >> (127 - i) & 1) as usize).collect(),
        };
        let mut at = 0;
        for bit in &bits[..prefix - 1] {
            at = match nodes[at][*bit] {
                Slot::Node(next) => next,
                _ => {
                    nodes.push([Slot::Empty; 2]);
                    let next = nodes.len() - 1;
                    nodes[at][*bit] = Slot::Node(next);
                    next
                }
            };
        }
        nodes[at][bits[prefix - 1]] = Slot::Data(data.len());
        encode(value, &mut data);
    }
    let mut bytes = Vec::new();
    for slot in nodes.iter().flatten() {
        let record = match slot {
            Slot::Empty => nodes.len(),
            Slot::Node(node) => *node,
            Slot::Data(offset) => nodes.len() + 16 + offset,
        };
        bytes.extend_from_slice(&(record as u32).to_be_bytes());
    }
    bytes.extend_from_slice(&[0; 16]);
    bytes.extend_from_slice(&data);
    bytes.extend_from_slice(b"\xab\xcd\xefMaxMind.com");
    let metadata = Value::Map(vec![
        ("binary_format_major_version", Value::Short(2)),
        ("binary_format_minor_version", Value::Short(0)),
        ("build_epoch", Value::Long(1_780_000_000)),
        ("database_type", Value::Text(kind)),
        ("description", Value::Map(vec![])),
        ("ip_version", Value::Short(ip_version)),
        ("languages", Value::List(vec![])),
        ("node_count", Value::Number(nodes.len() as u32)),
        ("record_size", Value::Short(32)),
    ]);
    encode(&metadata, &mut bytes);
    bytes
}

fn encode(value: &Value, bytes: &mut Vec<u8>) {
    match value {
        Value::Text(text) => {
            head(2, text.len(), bytes);
            bytes.extend_from_slice(text.as_bytes());
        }
        Value::Double(number) => {
            head(3, 8, bytes);
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        Value::Number(number) => {
            head(6, 4, bytes);
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        Value::Short(number) => {
            head(5, 2, bytes);
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        Value::Long(number) => {
            head(9, 8, bytes);
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        Value::Map(pairs) => {
            head(7, pairs.len(), bytes);
            for (key, value) in pairs {
                encode(&Value::Text(key), bytes);
                encode(value, bytes);
            }
        }
        Value::List(values) => {
            head(11, values.len(), bytes);
            values.iter().for_each(|value| encode(value, bytes));
        }
    }
}

/// Control byte: three bits of type, five of size; types above 7 follow in a byte of their own.
fn head(kind: u8, size: usize, bytes: &mut Vec<u8>) {
    let (inline, more) = if size < 29 { (size as u8, None) } else { (29, Some((size - 29) as u8)) };
    if kind <= 7 {
        bytes.push(kind << 5 | inline)
    } else {
        bytes.extend_from_slice(&[inline, kind - 7])
    }
    bytes.extend(more);
}
