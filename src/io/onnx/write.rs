//! Protocol buffers on the wire, as they are written. (The format: protobuf.dev/programming-guides/encoding.)

/// A number on the wire.
pub(in crate::io) fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A field that holds a number.
pub(in crate::io) fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

/// A field that holds text or a message.
pub(in crate::io) fn bytes(field: u64, content: &[u8]) -> Vec<u8> {
    [varint(field << 3 | 2), varint(content.len() as u64), content.to_vec()].concat()
}

/// A field that holds text.
pub(in crate::io) fn text(field: u64, content: &str) -> Vec<u8> {
    bytes(field, content.as_bytes())
}
